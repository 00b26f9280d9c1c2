"""Restores that `roster restore` refuses, which leave everything unchanged."""

import os
import pty
import random
import select
import subprocess
import time

import damage
from names import contents
from restore import back_up
from rig import accounts, bytes_of, check, inspect, test

FLIPS = 60


def prepared(rig):
    """A store with a log that a killed server has left, and the bytes of a backup with other
    accounts."""
    backup = rig.path("backup.db")
    way = damage.full_store(rig)
    back_up(rig, way, backup)
    store = rig.store("live.db")
    server = rig.serve(store)
    for at in range(10):
        check("result" in server.create(f"live-{at}@example.org"), "a create was refused")
    server.kill()
    rig.servers.clear()
    return store, bytes_of(backup)


def attempt(rig, backup, store):
    return rig.run("restore", backup, "--store", "file:" + store, "--yes")


def is_refused(rig, name, done, before, statuses=(1,)):
    """The problems of a refused command: exit status, output, and changed files."""
    problems = []
    if done.returncode not in statuses or done.stdout or not done.stderr:
        problems.append(f"{name}: {done.returncode} {done.stdout!r} {done.stderr!r}")
    now = contents(rig.folder)
    changed = [path for path in now | before if now.get(path) != before.get(path)]
    if changed:
        problems.append(f"{name}: changed {[os.path.relpath(p, rig.folder) for p in changed]}")
    return problems


@test
def backups_that_are_no_whole_store_are_refused_and_all_stays_byte_for_byte(rig):
    store, whole = prepared(rig)
    case = rig.path("case.db")
    problems = []
    cases = damage.make_cases(rig, whole)
    for name, (content, word) in cases.items():
        with open(case, "wb") as file:
            file.write(content)
        before = contents(rig.folder)
        done = attempt(rig, case, store)
        problems += is_refused(rig, name, done, before)
        if word not in done.stderr or case not in done.stderr:
            problems.append(f"{name}: no {word!r} and the file in {done.stderr!r}")
    check(not problems, f"{len(problems)} problems in {len(cases)} cases: " + " | ".join(problems))
    still_works(rig, store)
    return f"{len(cases)} files"


def still_works(rig, store):
    server = rig.serve(store)
    check(server.result("users.count") == 11, "accounts are missing")
    check("result" in server.create("after@example.org"), "a create was refused")
    check(server.close() == 0, server.complaint())
    check(len(accounts(store, rig.folder)) == 12, "accounts are lost")


@test
def a_flipped_bit_in_a_backup_is_refused_or_is_in_no_account(rig):
    dice = random.Random(14)
    store, whole = prepared(rig)
    case = rig.path("case.db")
    true_rows = set(inspect(made(case, whole)).items())
    tally = {"refused": 0, "restored": 0}
    for flip in range(FLIPS):
        place, content = damage.flipped(whole, dice)
        made(case, content)
        before = contents(rig.folder)
        done = attempt(rig, case, store)
        if done.returncode:
            problems = is_refused(rig, place, done, before)
            check(not problems, " | ".join(problems))
            tally["refused"] += 1
        else:
            found = accounts(store, rig.folder)
            check(set(found.items()) == true_rows, f"{place}: other accounts")
            tally["restored"] += 1
    check(tally["refused"] > FLIPS // 5, f"{tally}")
    return f"{tally}"


def made(path, content):
    with open(path, "wb") as file:
        file.write(content)
    return path


@test
def the_store_itself_is_no_backup_by_any_name(rig):
    store, _ = prepared(rig)
    os.symlink(store, rig.path("link.db"))
    os.symlink(rig.folder, rig.path("folder"))
    problems = []
    names = [store, *map(rig.path, ("link.db", "folder/live.db", "folder/./folder//live.db"))]
    for backup in names:
        for target in names:
            before = contents(rig.folder)
            done = attempt(rig, backup, target)
            problems += is_refused(rig, f"{backup} to {target}", done, before)
    os.link(store, rig.path("hard.db"))
    for backup, target in ((store, rig.path("hard.db")), (rig.path("hard.db"), store)):
        before = contents(rig.folder)
        problems += is_refused(rig, "a hard link", attempt(rig, backup, target), before)
    os.remove(rig.path("hard.db"))
    check(not problems, f"{len(problems)} problems: " + " | ".join(problems))
    still_works(rig, store)


@test
def command_lines_that_make_no_sense_and_places_that_are_none_change_nothing(rig):
    store, whole = prepared(rig)
    backup, to = rig.path("backup.db"), ["--store", "file:" + store]
    os.mkdir(rig.path("dir"))
    foreign, text = rig.path("foreign.db"), rig.path("text.db")
    damage.database(foreign, "CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    made(text, b"email,name\n")
    newer = made(rig.path("newer.db"), whole[:60] + b"\0\0\x7f\xff" + whole[64:])
    problems = []
    for name, words in {
        "no backup": [*to, "--yes"],
        "two backups": [backup, backup, *to, "--yes"],
        "an empty name": ["", *to, "--yes"],
        "a missing backup": [rig.path("missing.db"), *to, "--yes"],
        "a folder": [rig.path("dir"), *to, "--yes"],
        "a memory store": [backup, "--store", "memory", "--yes"],
        "into a folder": [backup, "--store", "file:" + rig.path("dir"), "--yes"],
        "into no folder": [backup, "--store", "file:" + rig.path("no/x.db"), "--yes"],
        "into another application's": [backup, "--store", "file:" + foreign, "--yes"],
        "into a text": [backup, "--store", "file:" + text, "--yes"],
        "into a newer store": [backup, "--store", "file:" + newer, "--yes"],
        "without a yes": [backup, *to],
        "with a no": [backup, *to, "--no"],
    }.items():
        before = contents(rig.folder)
        done = rig.run("restore", *words, input="yes\n")
        problems += is_refused(rig, name, done, before, (1, 2))
    check(not problems, f"{len(problems)} problems: " + " | ".join(problems))
    still_works(rig, store)


@test
def on_a_terminal_it_asks_and_takes_only_a_yes(rig):
    store, _ = prepared(rig)
    answers = {"no\n": 11, "\n": 11, "\x04": 11, "maybe\n": 11, "yes\n": damage.PEOPLE + 1}
    for answer, due in answers.items():
        before = contents(rig.folder)
        status, told = on_terminal(rig, answer, [
            "restore", rig.path("backup.db"), "--store", "file:" + store])
        check((status == 0) == (due != 11), f"{answer!r}: status {status}, {told!r}")
        check(due != 11 or contents(rig.folder) == before, f"{answer!r}: a file was changed")
        check(len(accounts(store, rig.folder)) == due, f"{answer!r}: another number of accounts")
        check("live.db" in told, f"the question does not name the store: {told!r}")


def on_terminal(rig, answer, words, seconds=20):
    process, master = pty.fork()
    if process == 0:
        os.execv(rig.roster, [rig.roster, *words])
    told, end, is_answered = b"", time.monotonic() + seconds, False
    while time.monotonic() < end:
        ready, _, _ = select.select([master], [], [], 0.5)
        if ready:
            try:
                block = os.read(master, 4096)
            except OSError:
                break
            if not block:
                break
            told += block
        elif not is_answered and told:
            os.write(master, answer.encode())
            is_answered = True
    os.close(master)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return status, told.decode(errors="replace")


@test
def a_refusal_that_leaves_or_changes_something_is_noticed(rig):
    """A control: each of these changes, and a refusal without any, must be judged correctly."""
    store, _ = prepared(rig)
    noticed = []
    for line in ('echo >>"$0"', 'echo >>"$0-wal"', 'touch "$0-draft"', 'rm "$0-lock"', "exit 0"):
        before = contents(rig.folder)
        done = subprocess.run(
            ["sh", "-c", line + "; echo no >&2; exit 1", store], capture_output=True, text=True)
        noticed += is_refused(rig, line, done, before)[:1]
    check(len(noticed) == 5, f"the rig noticed only {noticed}")
