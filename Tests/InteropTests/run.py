#!/usr/bin/env python3
"""Plays Roster to clients that were not written here.

usage: run.py [--only NAME] [--all-hosts] --roster PATH

  --roster PATH  the program as it is shipped
  --only NAME    only tests whose name contains this, or all of the module NAME
  --all-hosts    all of the clients of agents, and not just two of them

Each module runs with the Python of each environment that it names in ENVIRONMENTS. They are made
under .build/interop from the lists in requirements/, and kept until these change. What can't be
installed is a failure.
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

# The clients of agents. Each needs much that others can't do with.
HOSTS = "hosts."

# Two that are small and hard to please: one has no tools at all where it can't convert a schema,
# and one sends null for all that is unset.
HOSTS_THAT_ALWAYS_RUN = ("hosts.autogen_ext", "hosts.mcp_use")

# Their lists name little more than the client. All else is what was the newest at this time, which
# this pip can be told.
HOSTS_PIP = "pip==26.3"
HOSTS_TIME = "2026-11-24T00:00:00Z"


class NotInstalled(Exception):
    """An environment that could not be made."""


def environments_of_modules(all_hosts):
    """The modules to be played, and the names of the environments that each says it runs in; None
    is the Python of this script."""
    modules = {
        module: constant(tree, "ENVIRONMENTS")
        for module, tree in modules_with_tests(HERE).items()}
    silent = [module for module, names in modules.items() if not names]
    check(not silent, f"modules that don't say their ENVIRONMENTS: {', '.join(silent)}")
    missing = set(HOSTS_THAT_ALWAYS_RUN) - modules.keys()
    check(not missing, f"there is no {', '.join(missing)}")
    return {
        module: names for module, names in modules.items()
        if all_hosts or not module.startswith(HOSTS) or module in HOSTS_THAT_ALWAYS_RUN}


def is_host(name):
    return name.startswith("hosts/")


def requirements(name):
    """The list of an environment, and what it follows from."""
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
    """The Python of an environment. While it is in use nobody makes it anew."""
    folder = os.path.realpath(os.path.join(ENVIRONMENTS_FOLDER, name))
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(folder + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if not is_made(name, folder):
            # Whoever waited here may find that another one made it meanwhile.
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


def play(python, module, roster, only):
    """Runs a module; gives how many tests passed and failed. One that dies failed once more."""
    words = [python, os.path.join(HERE, "rig.py"), module, "--roster", roster, "--only", only]
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
                    counts = play(python, module, roster, options.only)
            except NotInstalled as problem:
                missing[name] = "as told above"
                print(f"FAILED {name} could not be installed: {problem}", flush=True)
                counts = (0, 1)
            passed, failed = passed + counts[0], failed + counts[1]
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
