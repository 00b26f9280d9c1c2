"""The environment of a process: outputs that can't be written, limits of file size, a umask, and
files that other users can write."""

import json
import os
import resource
import shutil
import signal
import stat
import subprocess

from disk import Told
from doctor import doctor
from rig import ORGANIZATION, OWNER, accounts, check, request, test
from sandbox import (
    BECOME_NOBODY, NOBODY, for_all, invitation, one_message, prepared, public, serve, write_file)

MEMORY = ("--store", "memory", "--as", OWNER)


# --- Outputs and inputs --------------------------------------------------------------------------


def each_command(rig, store, caller):
    """One command line for each command, by name; each prints something."""
    policy = write_file(rig, "policy.json", '{"roles":{}}')
    return {" ".join(words[:2]): words for words in (
        ("serve", *store, *caller), ("call", "users.count", *store, *caller), ("export", *store),
        ("export", "--format", "csv", *store), ("--version",), ("--help",), ("serve", "--help"),
        ("openrpc",), ("doctor", *store), ("doctor", "--json", *store), ("policy", "show", *store),
        ("policy", "set", policy, *store), ("token", "list", *store, *caller),
        ("import", os.devnull, *store), ("backup", rig.path("copy.db"), *store),
        ("config", "claude", *store),
        ("init", "--owner", OWNER, "--store", "file:" + rig.path("new.db")))}


@test
def output_that_cannot_be_written_is_told(rig):
    commands = each_command(rig, ("--store", "file:" + rig.store()), ("--as", OWNER))
    cases = {f"{name} into {place}": (words, place)
             for name, words in commands.items() for place in ("/dev/full", "nothing")}

    def attempt(case):
        words, place = case
        deed = "os.close(1)" if place == "nothing" else ""
        with open("/dev/full", "w") as output:
            done = subprocess.run(
                prepared(deed, rig.roster, *words), input=request(1, "users.count", {}) + "\n",
                stdout=output, stderr=subprocess.PIPE, text=True, timeout=20)
        check(done.returncode == 1, f"ended with {done.returncode}")
        one_message(done.stderr, "it")

    return for_all(cases, attempt)


@test
def a_reader_that_leaves_early_is_nothing_to_complain_of(rig):
    store = "file:" + filled(rig)
    ignore = "signal.signal(signal.SIGPIPE, signal.SIG_IGN)"
    cases = {f"{format}, {deed or 'as usual'}": (format, deed)
             for format in ("jsonl", "csv") for deed in ("", ignore)}

    def attempt(case):
        format, deed = case
        child = subprocess.Popen(
            prepared(deed, rig.roster, "export", "--format", format, "--store", store),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child.stdout.readline()
        child.stdout.close()
        errors = child.stderr.read()
        check(child.wait(20) in (0, 1, -signal.SIGPIPE), f"ended with {child.returncode}")
        check(not errors, f"printed errors: {errors!r}")

    return for_all(cases, attempt)


@test
def input_that_cannot_be_read_is_told(rig):
    store = ("--store", "file:" + rig.store())
    words = (
        ("serve", *store), ("call", "users.list", "-", *store, "--as", OWNER),
        ("import", "-", *store), ("import", "-", "--format", "csv", *store))

    def attempt(words):
        folder = os.open("/", os.O_RDONLY)
        done = subprocess.run(
            [rig.roster, *words], stdin=folder, capture_output=True, text=True, timeout=20)
        os.close(folder)
        check(done.returncode == 1, f"ended with {done.returncode}: {done.stderr!r}")
        one_message(done.stderr, "it")

    return for_all({" ".join(each[:3]): each for each in words}, attempt)


# --- The size of files ---------------------------------------------------------------------------

LIMIT_BYTES = 400 << 10
PADDING = {"text": "y" * 4000}


def limited(count):
    unlimited = resource.RLIM_INFINITY
    return f"resource.setrlimit(resource.RLIMIT_FSIZE, ({count}, {unlimited}))"


@test
def a_limit_of_file_size_is_a_full_disk_and_reads_go_on(rig):
    store = rig.store()
    server = serve(rig, prepared(
        limited(LIMIT_BYTES), rig.roster, "serve", "--store", "file:" + store, "--as", OWNER))
    told = Told(("storage_full",))
    for at in range(300):
        reply = server.create(f"u{at}@example.org", metadata=PADDING)
        told.of(server, f"u{at}", reply)
        if "error" in reply:
            check(reply["error"]["code"] == 507, f"it was refused with {reply}")
        check(server.result("users.count") == len(told.kept) + 1, "a read counts refused accounts")
        if len(told.refused) == 5:
            break
    check(len(told.refused) == 5, f"{len(told.refused)} refusals of {at + 1}")
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    told.of(server, "late", server.create("late@example.org"))
    check("late" in told.kept, "writes are still refused without the limit")
    check(server.close() == 0, server.complaint())
    told.compare(accounts(store, rig.folder))
    return f"{len(told.kept)} kept"


@test
def a_server_ends_well_when_its_last_checkpoint_meets_the_limit(rig):
    store = filled(rig)
    server = serve(rig, prepared(
        limited(os.path.getsize(store)), rig.roster, "serve", "--store", "file:" + store,
        "--as", OWNER))
    told = Told(())
    for at in range(12):
        told.of(server, f"late-{at}", server.create(f"late-{at}@example.org", metadata=PADDING))
    check(server.close() == 0, server.complaint())
    log = store + "-wal"
    is_left = os.path.exists(log) and os.path.getsize(log) > 0
    check(is_left, "the control: the checkpoint did not reach the limit")
    told.compare(accounts(store, rig.folder))


def filled(rig):
    """A store that is larger than the limit."""
    store = rig.store()
    with open(rig.path("rows.jsonl"), "w") as file:
        for at in range(200):
            row = {"email": f"row-{at}@example.org", "name": "R", "org_id": ORGANIZATION}
            file.write(json.dumps({**row, "metadata": PADDING}) + "\n")
    done = rig.run("import", rig.path("rows.jsonl"), "--store", "file:" + store)
    check(done.returncode == 0, done.stderr)
    check(os.path.getsize(store) > LIMIT_BYTES, "the store is too small for this")
    return store


@test
def commands_tell_that_a_file_would_be_too_large(rig):
    store = "file:" + filled(rig)
    small = rig.store("small.db")
    os.mkdir(rig.path("made"))
    new = rig.path("made/new.db")
    lines = "".join(request(at, "users.list", {"limit": 1000}) + "\n" for at in range(5))
    table = (
        (("import", rig.path("rows.jsonl"), "--store", "file:" + small), LIMIT_BYTES, None, ""),
        (("init", "--owner", OWNER, "--store", "file:" + new), 0, None, ""),
        (("init", "--owner", OWNER, "--store", "file:" + new), 40 << 10, None, ""),
        (("init", "--owner", OWNER), 40 << 10, None, ""),
        (("backup", new, "--store", store), 0, None, ""),
        (("backup", new, "--store", store), LIMIT_BYTES, None, ""),
        (("export", "--store", store), 100 << 10, "out", ""),
        (("export", "--format", "csv", "--store", store), 100 << 10, "out", ""),
        (("serve", "--as", OWNER, "--store", store), 100 << 10, "out", lines),
        (("call", "users.list", "limit=1000", "--as", OWNER, "--store", store), 100 << 10, "out",
         ""))

    def attempt(case):
        words, count, to, input = case
        with open(rig.path(to) if to else os.devnull, "w") as output:
            done = subprocess.run(
                prepared(limited(count), rig.roster, *words), input=input, text=True,
                stdout=output, stderr=subprocess.PIPE, timeout=60,
                env={**os.environ, "XDG_DATA_HOME": rig.path("made/data")})
        left = os.listdir(rig.path("made"))
        shutil.rmtree(rig.path("made"))
        os.mkdir(rig.path("made"))
        check(done.returncode == 1, f"ended with {done.returncode}: {done.stderr[-300:]!r}")
        one_message(done.stderr, words[0])
        check(not left, f"it left {left}")

    cases = {f"{at}, {case[0][0]} with {case[1]} bytes": case for at, case in enumerate(table)}
    note = for_all(cases, attempt)
    check(list(accounts(small, rig.folder)) == [OWNER], "part of an import is kept")
    return note


# --- Modes ---------------------------------------------------------------------------------------

UMASK = "os.umask(0o777)\n" + BECOME_NOBODY


@test
def under_a_mask_of_0777_owners_can_open_their_files_and_nobody_else(rig):
    if os.geteuid() != 0:
        return "skipped: root may open anything, and only root can switch to another user"
    program = public(rig)
    for name in ("home", "mail"):
        os.mkdir(rig.path(name), 0o700)
        os.chown(rig.path(name), NOBODY, NOBODY)
    cases = {
        "XDG_DATA_HOME": {"XDG_DATA_HOME": rig.path("data/of/nobody")},
        "HOME": {"XDG_DATA_HOME": "", "HOME": rig.path("home")}}

    def attempt(env):
        masked(program, 0, "init", "--owner", OWNER, env=env)
        mail = ("--mail", "dir:" + rig.path("mail"))
        server = serve(rig, prepared(UMASK, program, "serve", "--as", OWNER, *mail), env)
        answer = server.result("users.create", **invitation("ann@example.org"))
        check(answer["delivered"], "a letter was not delivered")
        check_modes(rig)
        check(server.close() == 0, server.complaint())
        copy = rig.path(f"{len(rig.servers)}.db")
        masked(program, 0, "backup", copy, env=env)
        done = masked(program, 0, "export", "--store", "file:" + copy)
        check("ann@example.org" in done.stdout, "the backup lacks an account")
        check_modes(rig)

    return for_all(cases, attempt)


def masked(program, status, *words, env=None):
    done = subprocess.run(
        prepared(UMASK, program, *words), capture_output=True, text=True,
        env={**os.environ, **(env or {})}, timeout=60)
    check(done.returncode == status, f"{words[0]} ended with {done.returncode}: {done.stderr!r}")
    return done


def check_modes(rig):
    """Checks the modes of all files except the program, which all users may run."""
    for path in everything(rig) - {rig.path("roster")}:
        mode = stat.S_IMODE(os.stat(path).st_mode)
        check(mode == (0o700 if os.path.isdir(path) else 0o600), f"{path} has mode {mode:o}")


@test
def what_fails_under_a_mask_leaves_nothing_behind(rig):
    if os.geteuid() != 0:
        return "skipped: only root can switch to another user"
    program = public(rig)
    store = "file:" + rig.store()
    os.mkdir(rig.path("fixed"), 0o555)
    for name in os.listdir(rig.folder):
        os.chown(rig.path(name), NOBODY, NOBODY)
    new, fixed = {"XDG_DATA_HOME": rig.path("new")}, {"XDG_DATA_HOME": rig.path("fixed/new")}
    missing = "file:" + rig.path("missing.db")
    cases = {repr(words): (words, status, env) for words, status, env in (
        (("init", "--owner", "no address"), 2, new),
        (("init", "--owner", OWNER, "--name", "\n"), 2, new),
        (("init", "--owner", OWNER), 1, fixed),
        (("init", "--owner", OWNER, "--store", store), 1, None),
        (("init", "--owner", OWNER, "--store", f"file:{rig.path('fixed/users.db')}"), 1, None),
        (("backup", rig.path("fixed/copy.db"), "--store", store), 1, None),
        (("backup", rig.path("copy.db"), "--store", missing), 1, None),
        (("backup", rig.path("users.db"), "--store", store), 1, None))}

    def attempt(case):
        words, status, env = case
        # The files beside an open store may stay.
        before = everything(rig)
        masked(program, status, *words, env=env)
        beside = {rig.path("users.db" + ending) for ending in ("-wal", "-shm", "-lock")}
        left = everything(rig) - before - beside
        check(not left, f"left {sorted(left)}")

    return for_all(cases, attempt)


def everything(rig):
    return {os.path.join(top, name) for top, folders, files in os.walk(rig.folder)
            for name in folders + files}


@test
def what_others_can_write_is_warned_of_once(rig):
    files = {}
    for name, mode in (("sound", 0o600), ("loose", 0o666)):
        files[name] = rig.store(name + ".db"), write_file(rig, name, '{"roles":{}}', mode)
        os.chmod(files[name][0], mode)
    cases = {}
    for name, (store, policy) in files.items():
        at = ("--store", "file:" + store)
        for words in (
            ("serve", *at), ("call", "users.count", *at, "--as", OWNER), ("export", *at),
            ("import", os.devnull, *at), ("policy", "show", *at), ("policy", "clear", *at),
            ("token", "list", *at, "--as", OWNER), ("backup", f"{store}-copy", *at),
        ):
            cases[f"{words[0]}, {name} store"] = (words, store, name)
        sound = ("--store", "file:" + files["sound"][0])
        for words in (
            ("serve", *MEMORY, "--policy", policy), ("policy", "set", policy, *sound),
            ("call", "users.count", *MEMORY, "--policy", policy),
        ):
            cases[f"{words[0]}, {name} policy"] = (words, policy, name)

    def attempt(case):
        words, path, name = case
        done = rig.run(*words, input=request(1, "users.count", {}) + "\n")
        check(done.returncode == 0, f"ended with {done.returncode}: {done.stderr!r}")
        # An export warns each time of what it does not contain.
        lines = [
            line for line in done.stderr.splitlines()
            if not line.startswith("roster: an export contains accounts")]
        check(len(lines) == (name == "loose"), f"printed {lines}")
        check(
            all(line.startswith("roster: ") and path in line for line in lines), f"printed {lines}")

    note = for_all(cases, attempt)
    check(
        doctor(rig, files["sound"][0])["permissions"]["status"] == "ok",
        "doctor does not report ok")
    check(doctor(rig, files["loose"][0])["permissions"]["status"] != "ok", "doctor reports ok")
    return note
