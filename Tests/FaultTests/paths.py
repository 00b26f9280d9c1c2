"""Unusual paths: one that names no file is refused, and any other is used exactly as given."""

import os
import subprocess

from rig import OWNER, check, expect_failure, request, test

BAD_BYTES = b"st\xffore.db"
# The same name after a program has replaced the invalid byte.
REPAIRED = "st\ufffdore.db"
ODD_NAMES = (
    "with space.db", "x.db?mode=memory", "x.db?vfs=none&immutable=1", "x%41.db", "x#fragment.db",
    "quo'te\".db", "new\nline.db", "Ze\u0301.db", "Zé.db", "~x.db", "-x.db", "a:memory:",
    "x.db-wal")


def run(rig, words, env=None, input=b""):
    """Runs Roster in the folder `work`, with arguments in bytes and without HOME and
    XDG_DATA_HOME."""
    kept = {
        name: value for name, value in os.environb.items()
        if name not in (b"HOME", b"XDG_DATA_HOME")}
    return subprocess.run(
        [rig.roster, *words], cwd=rig.path("work"), env={**kept, **(env or {})}, input=input,
        capture_output=True, timeout=60)


def files_in(rig):
    """All files below the test's folder, in bytes, except logs and locks of stores."""
    top = os.fsencode(rig.folder)
    return {
        os.path.relpath(os.path.join(place, name), top) for place, _, names in os.walk(top)
        for name in names if not name.endswith((b"-lock", b"-wal", b"-shm"))}


@test
def names_of_memory_are_refused_and_make_no_file(rig):
    os.mkdir(rig.path("work"))
    problems = []
    for store in ("file::memory:", ":memory:", "file:", "memory:"):
        for words in (
            ["init", "--owner", OWNER], ["serve", "--as", OWNER], ["export"], ["doctor"],
            ["backup", "copy.db"],
        ):
            done = run(rig, [*words, "--store", store], input=b"")
            told = done.stdout + done.stderr
            hint = store[-8:] != ":memory:" or b"--store memory" in told or b"--store is" in told
            if done.returncode not in (1, 2) or not hint:
                problems.append(f"{words[0]} {store}: {done.returncode} {told[:200]!r}")
            if os.listdir(rig.path("work")):
                problems.append(f"{words[0]} {store} made {os.listdir(rig.path('work'))}")
                subprocess.run(["find", rig.path("work"), "-mindepth", "1", "-delete"])
    check(not problems, f"{len(problems)}: " + " | ".join(problems[:6]))


@test
def an_odd_name_is_the_file_of_just_that_name(rig):
    os.mkdir(rig.path("work"))
    for name in ODD_NAMES:
        before = files_in(rig)
        done = run(rig, ["init", "--owner", OWNER, "--store", "file:" + name])
        check(done.returncode == 0, f"{name!r}: {done.stderr!r}")
        made = files_in(rig) - before
        wanted = set() if name.endswith("-wal") else {os.fsencode("work/" + name)}
        check(made == wanted, f"{name!r} made {made}")
        line = request(1, "users.create", {"email": "a@x.org", "name": "A", "org_id": "o"})
        done = run(
            rig, ["serve", "--as", OWNER, "--store", "file:" + name], input=line.encode() + b"\n")
        check(b'"result"' in done.stdout, f"{name!r}: {done.stdout!r} {done.stderr!r}")
        done = run(rig, ["export", "--store", "file:" + name])
        check(done.stdout.count(b"\n") == 2, f"{name!r} exports {done.stdout!r}")
        check(files_in(rig) - before == wanted, f"{name!r} made {files_in(rig) - before}")
    return f"{len(ODD_NAMES)} names"


@test
def a_path_that_is_not_utf_8_is_used_as_it_is_or_refused_and_never_another(rig):
    """Every option and argument that names a file. Beside each path there is a file with the name
    that repairing the bytes would give."""
    problems, tally = [], {"refused": 0, "used": 0}
    prepare(rig)
    for name, (words, made) in {
        "init": (["init", "--owner", OWNER, "--store", b"file:" + b"new-" + BAD_BYTES], b"new-"),
        "serve": (["serve", "--as", OWNER, "--store", b"file:" + BAD_BYTES], None),
        "export": (["export", "--store", b"file:" + BAD_BYTES], None),
        "policy clear": (["policy", "clear", "--store", b"file:" + BAD_BYTES], None),
        "doctor": (["doctor", "--store", b"file:" + BAD_BYTES], None),
        "backup of it": (["backup", "copy.db", "--store", b"file:" + BAD_BYTES], None),
        "backup to it": (
            ["backup", b"copy-" + BAD_BYTES, "--store", "file:sound.db"], b"copy-"),
        "restore to it": (
            ["restore", "saved.db", "--yes", "--store", b"file:fresh-" + BAD_BYTES], b"fresh-"),
        "restore of it": (["restore", BAD_BYTES, "--yes", "--store", "file:fresh.db"], None),
        "import": (["import", b"rows-" + BAD_BYTES, "--store", "file:sound.db"], None),
        "policy set": (["policy", "set", b"policy-" + BAD_BYTES, "--store", "file:sound.db"], None),
        "token": (
            ["call", "users.count", "--store", "file:sound.db", "--token-file",
             b"token-" + BAD_BYTES], None),
        "mail": (
            ["call", "users.create", "email=m@x.org", "name=M", "org_id=o",
             "invite_mode=email_link", "--mail", b"dir:mail-" + BAD_BYTES, "--as", OWNER,
             "--store", "file:sound.db"],
            b"mail-" + BAD_BYTES),
    }.items():
        before = files_in(rig)
        done = run(rig, words, input=request(1, "users.count", {}).encode() + b"\n")
        came = files_in(rig) - before
        if done.returncode == 0 and made is None:
            # These files do not exist, so the command must have used another file.
            problems.append(f"{name} used another file: {done.stdout[:200]!r}")
        strange = {each for each in came if BAD_BYTES not in each}
        if strange or done.returncode != 0 and came:
            problems.append(f"{name} made {came}")
        tally["used" if done.returncode == 0 else "refused"] += 1
        if done.returncode not in (0, 1, 2):
            problems.append(f"{name} ended with {done.returncode}: {done.stderr!r}")
    check(not problems, f"{len(problems)}: " + " | ".join(problems))
    return f"{tally}"


def prepare(rig):
    """Makes the files that a repaired path would lead to."""
    os.mkdir(rig.path("work"))
    for name in ("sound.db", REPAIRED, "saved.db"):
        rig.store("work/" + name)
    token = rig.run(
        "token", "create", "--name", "t", "--as", OWNER,
        "--store", "file:" + rig.path("work/sound.db")).stdout
    for name, text in {
        "rows-": '{"email":"row@x.org","name":"R","org_id":"o"}\n',
        "policy-": '{"roles":{"x":{"grants":[{"capability":"users.read","scope":"all"}]}}}\n',
        "token-": token,
    }.items():
        path = rig.path("work/" + name + REPAIRED)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o600)
    os.mkdir(rig.path("work/mail-" + REPAIRED))


@test
def a_home_that_is_not_utf_8_is_used_as_it_is_or_refused(rig):
    os.mkdir(rig.path("work"))
    homes = [os.fsencode(rig.path("")) + name for name in (b"h\xff", "h\ufffd".encode())]
    for home in homes:
        os.mkdir(home)
    for name in (b"HOME", b"XDG_DATA_HOME"):
        before = files_in(rig)
        done = run(rig, ["init", "--owner", OWNER], {name: homes[0]})
        came = files_in(rig) - before
        check(done.returncode in (0, 1, 2), f"{name}: {done.returncode}")
        check(
            all(each.startswith(b"h\xff/") for each in came)
            and bool(came) == (not done.returncode),
            f"{name}: status {done.returncode}, made {came}")


@test
def a_tilde_is_the_home_of_whoever_asks(rig):
    os.makedirs(rig.path("work/~"))
    os.makedirs(rig.path("home"))
    env = {b"HOME": os.fsencode(rig.path("home"))}
    done = run(rig, ["init", "--owner", OWNER, "--store", "file:~/x.db"], env)
    check(done.returncode == 0, f"init: {done.stderr!r}")
    check(files_in(rig) == {b"home/x.db"}, f"it made {files_in(rig)}")
    for words in (["export"], ["doctor"], ["policy", "show"], ["backup", "copy.db"]):
        done = run(rig, [*words, "--store", "file:~/x.db"], env)
        check(done.returncode == 0, f"{words[0]}: {done.stderr!r}")
    check(files_in(rig) == {b"home/x.db", b"work/copy.db"}, f"there are {files_in(rig)}")
    # Elsewhere in a path a tilde is an ordinary character.
    done = run(rig, ["init", "--owner", OWNER, "--store", "file:./~/y.db"], env)
    check(done.returncode == 0 and b"work/~/y.db" in files_in(rig), f"./~/: {files_in(rig)}")
    before = files_in(rig)
    done = run(rig, ["init", "--owner", OWNER, "--store", "file:~/z.db"])
    check(done.returncode in (1, 2), f"without HOME: status {done.returncode}")
    check(files_in(rig) == before, f"without HOME it made {files_in(rig) - before}")


@test
def a_data_home_that_is_relative_or_empty_is_ignored(rig):
    """As https://specifications.freedesktop.org/basedir-spec/ requires."""
    usual = b"home/.local/share/roster/users.db"
    for value in ("data", "./data", "../work/data", ""):
        for folder in ("work/data/roster", "home"):
            os.makedirs(rig.path(folder))
        env = {b"HOME": os.fsencode(rig.path("home")), b"XDG_DATA_HOME": value.encode()}
        done = run(rig, ["init", "--owner", OWNER], env)
        check(done.returncode == 0, f"{value!r}: {done.stderr!r}")
        check(files_in(rig) == {usual}, f"{value!r}: it made {files_in(rig)}")
        done = run(rig, ["export"], env)
        check(done.stdout.count(b"\n") == 1, f"{value!r}: {done.stdout!r} {done.stderr!r}")
        subprocess.run(["rm", "-r", rig.path("work"), rig.path("home")], check=True)
    os.makedirs(rig.path("work"))
    env[b"XDG_DATA_HOME"] = os.fsencode(rig.path("data"))
    done = run(rig, ["init", "--owner", OWNER], env)
    check(files_in(rig) == {b"data/roster/users.db"}, f"an absolute one: {files_in(rig)}")


@test
def a_file_of_a_repaired_name_is_noticed(rig):
    """A control: a program that repairs paths, as Swift strings do, must be noticed."""
    script = rig.path("repair")
    with open(script, "w") as file:
        file.write(
            "#!/usr/bin/env python3\nimport os, sys\n"
            "words = [os.fsencode(w).decode('utf-8', 'replace') for w in sys.argv[1:]]\n"
            f"os.execv({rig.roster!r}, [{rig.roster!r}, *words])\n")
    os.chmod(script, 0o755)
    real, rig.roster = rig.roster, script
    try:
        return expect_failure(
            lambda: a_path_that_is_not_utf_8_is_used_as_it_is_or_refused_and_never_another(rig),
            "a repaired path passes")[:100]
    finally:
        rig.roster = real
