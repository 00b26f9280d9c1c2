"""Backups of a store that is in use, and the files that an interrupted backup leaves."""

import errno
import glob
import json
import os
import random
import shutil
import signal
import stat
import subprocess
import threading
import time

from rig import OWNER, Failed, Writer, accounts, check, expect_failure, inspect, test

WRITERS = 4
BACKUPS = 6
PEOPLE = 50_000
LONGEST_WAIT_SECONDS = 1
BACKUP_SECONDS_MAX = 20
KILLS = 80
SIDECARS = ("-lock", "-wal", "-shm", "-journal")
#: The names that a backup has until it is complete.
DRAFTS = ".roster-*.new*"
ABANDONED_SECONDS = 90


@test
def a_backup_while_four_processes_write_holds_all_acknowledged_before_it_and_nothing_half(rig):
    return beside_writers(rig, by_roster)


@test
def a_copy_of_the_file_alone_is_seen_to_be_no_backup(rig):
    """A control: a copy of the database file without its log must fail the check."""
    def copy_file(rig, store, path):
        shutil.copyfile(store, path)
        os.chmod(path, 0o600)
    return expect_failure(
        lambda: beside_writers(rig, copy_file), "a file without its log counts as a backup")


def by_roster(rig, store, path):
    started = time.monotonic()
    try:
        done = rig.run("backup", path, "--store", "file:" + store, seconds=BACKUP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        raise Failed(f"a backup took more than {BACKUP_SECONDS_MAX} s")
    check(done.returncode == 0, f"backup failed: {done.stderr!r}")
    told = json.loads(done.stdout)
    check(
        told == {"backup": path, "bytes": os.path.getsize(path)}, f"backup printed {done.stdout!r}")
    return time.monotonic() - started


def beside_writers(rig, back_up):
    store = rig.store()
    writers = [Writer(f"w{at}", random.Random(at)) for at in range(WRITERS)]
    for writer in writers:
        writer.accounts_max = 2000
        writer.start(rig.serve(store))
    problems, operations = [], 0
    for at in range(BACKUPS):
        time.sleep(0.3)
        path = rig.path(f"backup-{at}.db")
        before = [writer.acknowledged for writer in writers]
        try:
            back_up(rig, store, path)
            after = [len(writer.pending) for writer in writers]
            operations += sum(after) - sum(before)
            check_backup(rig, path, list(zip(writers, before, after)))
        except Failed as failure:
            problems.append(f"backup {at}: {failure}")
    for writer in writers:
        writer.stop()
        check(not writer.bad_reply, f"a wrong reply: {writer.bad_reply}")
        check(writer.server.close() == 0, writer.server.complaint())
    check(not problems, f"{len(problems)} of {BACKUPS}: {problems[:1]}")
    check(operations > 100, "nothing was written meanwhile")
    found = accounts(store, rig.folder)
    for writer in writers:
        writer.settle(found)
    return f"{BACKUPS} backups, {operations} changes meanwhile"


def check_backup(rig, path, writers):
    check(stat.S_IMODE(os.stat(path).st_mode) == 0o600, "other users can read the backup")
    check_alone(path)
    check_serves(rig, path)
    found = inspect(path)
    check(OWNER in found, "the owner is missing")
    for writer, before, after in writers:
        own = {e: row for e, row in found.items() if e.startswith(writer.name + "-")}
        check_moment(writer, own, before, after)


def check_alone(path):
    left = [ending for ending in SIDECARS if os.path.exists(path + ending)]
    check(not left, f"beside the backup there are {left}")
    drafts = glob.glob(os.path.join(os.path.dirname(path), DRAFTS))
    check(not drafts, f"beside the backup there are {drafts}")


def check_serves(rig, path):
    """Checks that a copy of the backup works as a store. It serves a copy because serving leaves
    files beside the store."""
    served = path + ".served"
    shutil.copyfile(path, served)
    server = rig.serve(served)
    count = server.result("users.count", include_inactive=True)
    check("result" in server.create("late@example.org"), "the backup refuses a new account")
    check(server.close() == 0, server.complaint())
    exported = rig.run("export", "--store", "file:" + path).stdout.count("\n")
    check(count == exported, f"the backup counts {count} and exports {exported}")


def check_moment(writer, own, before, after):
    """Checks that the accounts of a writer are in the state after some operation, not earlier than
    the last one that was acknowledged before the backup began."""
    state = {}
    pending = writer.pending[:after]
    for email, row in pending[:before]:
        writer.apply(state, email, row)
    differing = {e for e in state.keys() | own.keys() if state.get(e) != own.get(e)}
    for email, row in pending[before:]:
        if not differing:
            return
        writer.apply(state, email, row)
        (differing.discard if own.get(email) == row else differing.add)(email)
    check(
        not differing,
        f"{writer.name}: {len(differing)} accounts match no state since the backup began")


# --- Writers beside a large backup -----------------------------------------------------------------


@test
def a_backup_of_50_000_accounts_keeps_no_writer_waiting_and_is_kept_up_by_none(rig):
    """A backup that sees commits would restart after each one; this checks that it does not."""
    store = large_store(rig, PEOPLE)
    quiet = by_roster(rig, store, rig.path("quiet.db"))
    # When each write began, and how long it took.
    writes, ends, problems = [], threading.Event(), []

    def write(number, server):
        at = 0
        while not ends.is_set():
            started = time.monotonic()
            reply = server.create(f"late-{number}-{at}@example.org")
            writes.append((started, time.monotonic() - started))
            at += 1
            if "result" not in reply:
                problems.append(reply)

    servers = [rig.serve(store) for _ in range(WRITERS)]
    threads = [
        threading.Thread(target=write, args=each, daemon=True) for each in enumerate(servers)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    first = time.monotonic()
    took = [by_roster(rig, store, rig.path(f"backup-{at}.db")) for at in range(3)]
    last = time.monotonic()
    ends.set()
    for thread, server in zip(threads, servers):
        thread.join(30)
        check(server.close() == 0, server.complaint())
    check(not problems, f"a write was refused: {problems[:1]}")
    alone = max(wait for start, wait in writes if start + wait < first)
    during = [wait for start, wait in writes if first < start + wait and start < last]
    times = ", ".join(f"{seconds:.2f} s" for seconds in took)
    note = (
        f"longest of {len(during)} writes {max(during) * 1000:.0f} ms, {alone * 1000:.0f} ms"
        f" without a backup; backups {times}, {quiet:.2f} s without writers")
    check(len(during) > 100, note)
    check(max(during) < LONGEST_WAIT_SECONDS, note)
    check(max(took) < 5 * quiet + 1, note)
    check(len(inspect(rig.path("backup-2.db"))) > PEOPLE, "accounts are missing")
    return note


def large_store(rig, count):
    store = rig.store()
    with open(rig.path("people.jsonl"), "w") as file:
        for at in range(count):
            email = f"person-{at}@example.org"
            row = {"email": email, "name": f"Person {at * 7919 % count}", "org_id": f"o{at % 50}"}
            file.write(json.dumps({**row, "metadata": {"note": "x" * 400}}) + "\n")
    done = rig.run("import", rig.path("people.jsonl"), "--store", "file:" + store)
    check(done.returncode == 0, f"import failed: {done.stderr!r}")
    return store


# --- Interrupted backups -------------------------------------------------------------------------


@test
def a_backup_killed_at_any_moment_leaves_a_whole_one_or_none(rig):
    store = large_store(rig, 5000)
    dice = random.Random(13)
    took = by_roster(rig, store, rig.path("measured.db"))
    tally = {"none": 0, "whole": 0}
    for kill in range(KILLS):
        path = rig.path("backup.db")
        running = start(rig, store, path)
        time.sleep(dice.uniform(0, took * 1.1))
        running.send_signal(signal.SIGKILL)
        running.communicate()
        check_drafts(rig)
        tally[whole_or_none(rig, path, 5001)] += 1
        if os.path.exists(path):
            os.remove(path)
        if kill % 10 == 0:
            # The next backup ignores leftover drafts, and removes those that are old enough.
            for draft in glob.glob(rig.path(DRAFTS)):
                os.utime(draft, (time.time() - ABANDONED_SECONDS,) * 2)
            by_roster(rig, store, path)
            check_alone(path)
            os.remove(path)
    check(tally["none"] > KILLS // 4, f"too few kills came before the backup was complete: {tally}")
    return f"{tally}"


def whole_or_none(rig, path, count):
    if not os.path.lexists(path):
        return "none"
    copy = rig.path("looked-at.db")
    shutil.copyfile(path, copy)
    found = len(inspect(copy))
    check(found == count, f"the backup holds {found} of {count} accounts")
    return "whole"


def check_drafts(rig):
    """Checks that a draft either can't be opened as a store, or holds all accounts."""
    for draft in glob.glob(rig.path(".roster-*.new")):
        done = rig.run("export", "--store", "file:" + draft)
        check(
            done.returncode == 1 and not done.stdout or done.stdout.count("\n") == 5001,
            f"a draft opens as a store of {done.stdout.count(chr(10))} accounts")


@test
def half_a_backup_is_noticed(rig):
    """A control: a truncated backup must fail the check."""
    store = large_store(rig, 5000)
    path = rig.path("backup.db")
    by_roster(rig, store, path)
    os.truncate(path, os.path.getsize(path) // 8192 * 4096)
    return expect_failure(lambda: whole_or_none(rig, path, 5001), "half a backup counts as whole")


@test
def a_backup_onto_a_disk_that_fails_is_told_and_leaves_none(rig):
    store = large_store(rig, 2000)
    count = 0
    for call, code, words in (
        ("pwrite", errno.EIO, "backup.db can't be made"),
        ("pwrite", errno.ENOSPC, "backup.db can't be made: its disk is full"),
        ("fdatasync", errno.EIO, "can't be written"),
    ):
        met = 0
        for number in (*range(1, 40), *range(40, 4000, 37)):
            done = fail(rig, store, "error", call, number, code)
            if done.returncode == 0:
                break
            met += 1
            check(done.returncode == 1, f"{call} {number}: exit status {done.returncode}")
            check(words in done.stderr, f"{call} {number}: {done.stderr!r}")
            check(done.stdout == "", f"{call} {number}: printed {done.stdout!r}")
            left = sorted(set(os.listdir(rig.folder)) - {"armed", "people.jsonl"})
            left = [name for name in left if not name.startswith("users.db")]
            check(left == [], f"{call} {number}: left {left}")
        check(met > 0 and done.returncode == 0, f"{call} failed {met} times, then {done.stderr!r}")
        check(whole_or_none(rig, rig.path("backup.db"), 2001) == "whole", "no backup at the end")
        os.remove(rig.path("backup.db"))
        os.remove(rig.path("looked-at.db"))
        count += met
    return f"{count} faults"


@test
def a_backup_that_dies_at_any_write_or_sync_leaves_a_whole_one_or_none(rig):
    store = large_store(rig, 2000)
    tally = {"none": 0, "whole": 0}
    for mode, call in (("kill", "any"), ("torn", "pwrite")):
        for number in (*range(1, 40), *range(40, 4000, 37)):
            done = fail(rig, store, mode, call, number, 0)
            tally[whole_or_none(rig, rig.path("backup.db"), 2001)] += 1
            if done.returncode == 0:
                break
            check(done.returncode == -signal.SIGKILL, f"{mode} {number}: {done.stderr!r}")
        os.remove(rig.path("backup.db"))
    check(tally["none"] > 20, f"only {tally}")
    return f"{tally}"


def fail(rig, store, mode, call, number, code):
    """Makes a backup to a new file on a disk that fails at one call."""
    rig.touch("armed")
    env = rig.broken_disk(mode, call=call, number=number, errno=code)
    done = rig.run(
        "backup", rig.path("backup.db"), "--store", "file:" + store, binary=rig.dynamic, env=env)
    os.remove(rig.path("counters"))
    return done


@test
def of_two_backups_to_one_place_one_is_made(rig):
    store = large_store(rig, 2000)
    for round in range(20):
        path = rig.path(f"backup-{round}.db")
        running = [start(rig, store, path) for _ in range(3)]
        errors = [each.communicate(timeout=60)[1] for each in running]
        codes = sorted(each.returncode for each in running)
        check(codes == [0, 1, 1], f"they ended with {codes}: {errors}")
        check_alone(path)
        whole_or_none(rig, path, 2001)


def start(rig, store, path):
    return subprocess.Popen(
        [rig.roster, "backup", path, "--store", "file:" + store],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
