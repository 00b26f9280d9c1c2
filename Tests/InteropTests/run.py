#!/usr/bin/env python3
"""Runs third-party clients against Roster.

usage: run.py [--only NAME] [--all-hosts] [--postgres] --roster PATH

  --roster PATH  the program as it is shipped
  --only NAME    only tests whose name contains this, or all of the module NAME
  --all-hosts    all of the agents' clients instead of two of them
  --postgres     stores that a test makes with Rig.store are on the PostgreSQL server that
                 Tests/postgres.sh starts, instead of in files; roster-postgres is beside the program

Each module runs with the Python of each environment that it names in ENVIRONMENTS. The environments
are installed under .build/interop from the lists in requirements/, and kept until a list changes. A
failed installation is a failure.
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

from rig import HERE, Failed, check, constant, modules_with_tests

ENVIRONMENTS_FOLDER = os.path.join(HERE, "..", "..", ".build", "interop")
INSTALL_SECONDS_MAX = 900
MODULE_SECONDS_MAX = 600

# The clients of agents. Each needs many packages that conflict with those of others.
HOSTS = "hosts."

# Two small clients that are strict: one has no tools at all if it can't convert a schema, and one
# sends null for every field that is not set.
HOSTS_THAT_ALWAYS_RUN = ("hosts.autogen_ext", "hosts.mcp_use")

# Their lists name little more than the client. Other packages are the newest of this time, which is
# an option of this pip version.
HOSTS_PIP = "pip==26.3"
HOSTS_TIME = "2026-11-24T00:00:00Z"


class NotInstalled(Exception):
    """An environment that could not be installed."""


def environments_of_modules(all_hosts):
    """The modules to run, and the environments that each names; None is the Python of this
    script."""
    modules = {
        module: constant(tree, "ENVIRONMENTS")
        for module, tree in modules_with_tests(HERE).items()}
    silent = [module for module, names in modules.items() if not names]
    check(not silent, f"modules without ENVIRONMENTS: {', '.join(silent)}")
    missing = set(HOSTS_THAT_ALWAYS_RUN) - modules.keys()
    check(not missing, f"there is no {', '.join(missing)}")
    return {
        module: names for module, names in modules.items()
        if all_hosts or not module.startswith(HOSTS) or module in HOSTS_THAT_ALWAYS_RUN}


def is_host(name):
    return name.startswith("hosts/")


def requirements(name):
    """The path of an environment's list, and a digest of everything that determines the
    packages."""
    path = os.path.join(HERE, "requirements", name + ".txt")
    digest = hashlib.sha256(sys.version.encode())
    files = [path]
    if is_host(name):
        digest.update((HOSTS_PIP + HOSTS_TIME).encode())
    else:
        files.append(constraints())
    for file in files:
        with open(file, "rb") as content:
            digest.update(content.read())
    return path, digest.hexdigest()


def constraints():
    return os.path.join(HERE, "requirements", "constraints.txt")


@contextlib.contextmanager
def environment(name):
    """The Python of an environment. While it is in use, no other process can rebuild it."""
    folder = os.path.realpath(os.path.join(ENVIRONMENTS_FOLDER, name))
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(folder + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if not is_made(name, folder):
            # Another process may have made it while this one waited for the lock.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_made(name, folder):
                make(name, folder)
            fcntl.flock(lock, fcntl.LOCK_SH)
        yield os.path.join(folder, "bin", "python")


def is_made(name, folder):
    try:
        with open(os.path.join(folder, "made-from")) as stamp:
            return stamp.read() == requirements(name)[1]
    except FileNotFoundError:
        return False


def make(name, folder):
    print(f"       installing {name} into {os.path.relpath(folder)}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    install([sys.executable, "-m", "venv", folder])
    pip = [os.path.join(folder, "bin", "python"), "-m", "pip", "install", "--quiet",
           "--disable-pip-version-check"]
    path, digest = requirements(name)
    if is_host(name):
        install([*pip, HOSTS_PIP])
        pins = ["--uploaded-prior-to", HOSTS_TIME]
    else:
        pins = ["--constraint", constraints()]
    install([*pip, "--requirement", path, *pins])
    with open(os.path.join(folder, "made-from"), "w") as stamp:
        stamp.write(digest)


def install(words):
    try:
        done = subprocess.run(
            words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, timeout=INSTALL_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"not done after {INSTALL_SECONDS_MAX} s: {' '.join(words)}")
    if done.returncode != 0:
        raise NotInstalled(f"{' '.join(words)}\n{done.stdout.strip()[-2000:]}")


def play(python, module, roster, options):
    """Runs a module. Returns how many tests passed and failed; a module that dies adds one
    failure."""
    words = [python, os.path.join(HERE, "rig.py"), module, "--roster", roster, "--only", options.only]
    if options.postgres:
        words.append("--postgres")
    process = subprocess.Popen(
        ["timeout", "--kill-after=10", str(MODULE_SECONDS_MAX), *words], text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"})
    passed = failed = 0
    verdict = None
    for line in process.stdout:
        verdict = re.fullmatch(r"(\d+) passed, (\d+) failed\n", line)
        if verdict:
            passed, failed = int(verdict[1]), int(verdict[2])
        else:
            print(line, end="", flush=True)
    status = process.wait()
    if not verdict or (status != 0) != (failed > 0):
        print(f"FAILED {module} ended with status {status} and no verdict", flush=True)
        failed += 1
    return passed, failed


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--only", default="")
    options.add_argument("--all-hosts", action="store_true")
    options.add_argument("--postgres", action="store_true")
    options.add_argument("--roster", required=True)
    options = options.parse_args()
    try:
        modules = environments_of_modules(options.all_hosts)
    except Failed as problem:
        sys.exit(f"run.py: {problem}")
    roster = os.path.abspath(options.roster)
    passed = failed = 0
    missing = {}
    for module, names in modules.items():
        for name in names:
            print(f"--- {module}" + (f", {name}" if name else ""), flush=True)
            made = environment(name) if name else contextlib.nullcontext(sys.executable)
            try:
                if name in missing:
                    raise NotInstalled(missing[name])
                with made as python:
                    counts = play(python, module, roster, options)
            except NotInstalled as problem:
                missing[name] = "as printed above"
                print(f"FAILED {name} could not be installed: {problem}", flush=True)
                counts = (0, 1)
            passed, failed = passed + counts[0], failed + counts[1]
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
