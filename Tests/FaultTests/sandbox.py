"""What a process may inherit: blocked signals, a missing /proc, and child processes that it did not
start."""

import json
import os
import shutil
import signal
import subprocess
import sys

from rig import ORGANIZATION, OWNER, Failed, Server, check, request, test, wait_for

NOBODY = 65534
# Python ignores these two signals, and a program that it executes inherits that.
PRELUDE = """
import os, resource, signal, sys
for number in (signal.SIGPIPE, signal.SIGXFSZ): signal.signal(number, signal.SIG_DFL)
"""
BECOME_NOBODY = f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})"


def prepared(deed, *words):
    """A command line that runs `deed` in Python and then executes the program."""
    code = f"{PRELUDE}{deed}\nos.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-ISc", code, *words]


def for_all(cases, deed):
    """Runs `deed` for each case, and fails with the problems of all."""
    problems = []
    for name, case in cases.items():
        try:
            deed(case)
        except Failed as found:
            problems.append(f"{name}: {found}")
    check(not problems, "; ".join(problems))
    return f"{len(cases)} cases"


def serve(rig, words, env=None, kind=Server):
    server = kind(words, env or {})
    rig.servers.append(server)
    return server


def public(rig):
    """A copy of the program that any user may run, in a folder that belongs to the user nobody."""
    program = rig.path("roster")
    shutil.copy(rig.roster, program)
    os.chmod(program, 0o755)
    os.chown(rig.folder, NOBODY, NOBODY)
    return program


def write_file(rig, name, text, mode=0o600):
    path = rig.path(name)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def one_message(text, what):
    count = sum(line.startswith("roster: ") for line in text.split("\n"))
    check(count == 1, f"{what} printed {count} messages: {text[-300:]!r}")


def can_unshare():
    if os.geteuid() != 0:
        return False
    return subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"]).returncode == 0


# Takes a letter, and writes its own environment to the file named by its argument. It is written in
# C so that it needs no other file. Exit status 75 asks the sender to try again later.
MAILER = r"""
#include <stdio.h>
#include <string.h>
extern char **environ;
int main(int count, char **words) {
  static char letter[1 << 16];
  fread(letter, 1, sizeof letter - 1, stdin);
  FILE *out = count > 1 ? fopen(words[1], "w") : 0;
  for (char **at = environ; out && *at; at++) fprintf(out, "%s%c", *at, 0);
  if (out) fclose(out);
  return strstr(letter, "refused") ? 75 : 0;
}
"""


def make_mailer(rig):
    with open(rig.path("mailer.c"), "w") as file:
        file.write(MAILER)
    subprocess.run(
        [os.environ.get("CC", "cc"), "-static", "-o", rig.path("mailer"), rig.path("mailer.c")],
        check=True)
    return rig.path("mailer")


def invitation(email):
    return {"email": email, "name": "A B", "org_id": ORGANIZATION, "invite_mode": "email_link"}


def check_letters(server):
    """Checks that the server sees how its mailer ended."""
    for name, is_taken in (("ann", True), ("refused", False), ("bob", True)):
        answer = server.result("users.create", **invitation(name + "@example.org"))
        check(answer["delivered"] is is_taken, f"the letter to {name} is {answer['delivered']}")


# --- Signals -------------------------------------------------------------------------------------

BLOCK = "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())"
IGNORE = """
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGCHLD):
    signal.signal(number, signal.SIG_IGN)
"""
END_SECONDS_MAX = 2


@test
def signals_that_were_blocked_or_ignored_before_reach_a_server(rig):
    mailer = make_mailer(rig)
    deeds = {"blocked": BLOCK, "ignored": IGNORE, "both": IGNORE + BLOCK}
    cases = {
        f"{name}, {number.name}": (rig.store(f"{name}-{number.name}.db"), deed, number)
        for name, deed in deeds.items() for number in (signal.SIGTERM, signal.SIGINT)}

    def attempt(case):
        store, deed, number = case
        server = serve(rig, prepared(
            deed, rig.roster, "serve", "--store", "file:" + store, "--as", OWNER,
            "--mail", "sendmail:" + mailer))
        after = server.result("users.subscribe")["after"]
        check("result" in rig.serve(store).create("eve@example.org"), "a create was refused")
        check_end(server, after, number)

    return for_all(cases, attempt)


def check_end(server, after, number):
    problems = []
    for deed in (lambda: server.wait_told(after + 1, 3), lambda: check_letters(server)):
        try:
            deed()
        except Failed as found:
            problems.append(str(found))
    os.kill(server.pid, number)
    try:
        code = server.process.wait(END_SECONDS_MAX)
        check(code == 0, f"it ended with {code}")
    except subprocess.TimeoutExpired:
        problems.append(f"still running {END_SECONDS_MAX} s after {number.name}")
    check(not problems, ", ".join(problems))


# --- /proc ---------------------------------------------------------------------------------------

EMPTY = "mount -t tmpfs none /proc"
ONLY_EXE = EMPTY + " && mkdir /proc/self && "
# The shell commands run in new namespaces; $1 is the program.
PLACES = {
    "an empty /proc": (["--mount"], EMPTY),
    "no /proc": (["--mount"], "umount -l /proc"),
    "a link /proc/self/exe alone": (["--mount"], ONLY_EXE + 'ln -s "$1" /proc/self/exe'),
    "a file /proc/self/exe alone": (
        ["--mount"], ONLY_EXE + 'touch /proc/self/exe && mount --bind "$1" /proc/self/exe'),
    "an empty /proc and PID 1": (["--mount", "--pid", "--fork", "--kill-child"], EMPTY),
    "a root that holds the program alone": None,
}
WORDS = "A  \"b\" 'c' \\n $HOME `x` Ünï 日本 🦉"
# The messages for these arguments are the same everywhere.
ARGUMENTS = (
    ("",), ("", "serve"), (WORDS,), ("call", "users.count", "", "--store", "memory"),
    ("call", "users.count", WORDS, "--store", "memory"), ("serve", "--store", WORDS),
)


class Place:
    """The environment of a program. Its paths are as the program sees them; for other processes
    they begin at `root`."""

    def __init__(self, rig, name):
        self.rig = rig
        folder = rig.path(f"place-{list(PLACES).index(name)}")
        os.mkdir(folder, 0o700)
        for file in ("roster", "mailer"):
            os.link(rig.path(file), f"{folder}/{file}")
        if PLACES[name]:
            self.root, self.home = "", folder
            spaces, deed = PLACES[name]
            self.prefix = ["unshare", *spaces, "sh", "-c", deed + ' && exec "$@"', "sh"]
        else:
            self.root, self.home = folder, ""
            self.prefix = ["chroot", folder]
        self.store = ("--store", f"file:{self.home}/users.db")

    def run(self, *words, input="", env=None):
        return subprocess.run(
            [*self.prefix, self.home + "/roster", *words], input=input, capture_output=True,
            text=True, env={"PATH": os.environ["PATH"], **(env or {})}, timeout=60)

    def out(self, *words, **more):
        done = self.run(*words, **more)
        code, errors = done.returncode, done.stderr[-200:]
        check(code == 0, f"{words[0]} ended with {code}: {errors!r}")
        return done.stdout

    def ask(self, *calls, env=None, options=()):
        """Sends these calls to a server, and returns the results."""
        lines = "".join(request(at, *call) + "\n" for at, call in enumerate(calls))
        out = self.out("serve", *self.store, "--as", OWNER, *options, input=lines, env=env)
        replies = [json.loads(line) for line in out.split("\n")[:-1]]
        check(len(replies) == len(calls), f"{len(replies)} replies to {len(calls)} requests")
        check(all("result" in reply for reply in replies), f"serve refused: {replies}")
        return [reply["result"] for reply in replies]

    def check_all(self):
        check(self.out("--version").startswith("roster "), "--version printed no version")
        self.out("init", "--owner", OWNER, *self.store)
        ann = {"email": "ann@example.org", "name": "Ann", "org_id": ORGANIZATION}
        made, found = self.ask(("users.create", ann), ("users.get", {"user_id": ann["email"]}))
        check(made["id"] == found["id"], f"created {made}, and got {found}")
        self.check_arguments()
        check('"ann@example.org"' in self.out("export", *self.store), "the export lacks an account")
        checks = json.loads(self.run("doctor", "--json", *self.store).stdout)["checks"]
        failed = [each for each in checks if each["status"] == "fail"]
        is_round = checks[-1]["name"] == "round_trip"
        check(is_round and not failed, f"doctor reports {failed or checks[-1]}")
        for root in (None, "/somewhere else"):
            self.check_mailer(root)

    def check_arguments(self):
        call = ("call", "users.update", "user_id=" + OWNER, "name=" + WORDS, "--as", OWNER)
        name = json.loads(self.out(*call, *self.store))["name"]
        check(name == WORDS, f"an argument became {name!r}")
        for words in ARGUMENTS:
            here, there = self.run(*words), self.rig.run(*words)
            for one, other in ((here.stderr, there.stderr), (here.returncode, there.returncode)):
                check(one == other, f"{words} gave {one!r} and not {other!r}")

    def check_mailer(self, root):
        """The mailer gets the server's environment, without variables that only the runtime
        needs."""
        env = {"CANARY": "a b", **({"SWIFT_ROOT": root} if root else {})}
        path = f"{self.home}/environment-{bool(root)}"
        calls = [("users.create", invitation(f"{name}-{bool(root)}@example.org"))
                 for name in ("bob", "refused")]
        mail = ("--mail", f"sendmail:{self.home}/mailer {path}")
        found = [each["delivered"] for each in self.ask(*calls, env=env, options=mail)]
        check(found == [True, False], f"letters were delivered: {found}")
        with open(self.root + path) as file:
            entries = file.read().split("\0")
        check("CANARY=a b" in entries, f"the mailer's environment is {entries}")
        found = [each for each in entries if each.startswith("SWIFT_ROOT")]
        check(
            found == ([f"SWIFT_ROOT={root}"] if root else []),
            f"the mailer's environment has {found}")


@test
def it_works_where_proc_is_masked_or_missing(rig):
    if not can_unshare():
        return "skipped: namespaces are not available"
    make_mailer(rig)
    shutil.copy(rig.roster, rig.path("roster"))
    with open(rig.roster, "rb") as file:
        is_static = b"/ld-linux" not in file.read(4096)
    names = {name: name for name, made in PLACES.items() if made or is_static}
    return for_all(names, lambda name: Place(rig, name).check_all())


# --- Inherited children --------------------------------------------------------------------------

LEAVER = """#!/bin/sh
if grep refused@ >/dev/null; then exit 75; fi
setsid sleep 0.7 </dev/null >/dev/null 2>&1 &
"""
PR_SET_CHILD_SUBREAPER = 36
ZOMBIE_SECONDS_MAX = 2.7


def children(pid):
    """The pids and states of its children."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                state, parent = file.read().rpartition(") ")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid:
            found[int(name)] = state
    return found


@test
def no_child_that_it_was_left_with_becomes_a_zombie(rig):
    with open(rig.path("leaver"), "w") as file:
        file.write(LEAVER)
    os.chmod(rig.path("leaver"), 0o700)
    subreaper = f"import ctypes; ctypes.CDLL(None).prctl({PR_SET_CHILD_SUBREAPER}, 1)"
    cases = {
        "as a subreaper": prepared(subreaper),
        "with a child from before": ["sh", "-c", 'sleep 1 <&- >&- 2>&- & exec "$@"', "sh"]}
    if can_unshare():
        cases["as PID 1"] = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]

    def attempt(prefix):
        store = rig.store(f"{len(rig.servers)}.db")
        server = serve(rig, prefix + [
            rig.roster, "serve", "--store", "file:" + store, "--as", OWNER,
            "--mail", "sendmail:" + rig.path("leaver")])
        check_letters(server)
        pid = next(iter(children(server.pid))) if prefix[0] == "unshare" else server.pid
        # A control: there are children.
        check(children(pid), "it has no children")
        try:
            wait_for(lambda: not children(pid), ZOMBIE_SECONDS_MAX, "the end of all children")
        except Failed:
            raise Failed(f"its children are {children(pid)}")
        server.result("users.create", **invitation("late@example.org"))
        check(server.close() == 0, server.complaint())

    return for_all(cases, attempt)
