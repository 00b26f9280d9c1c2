"""Restores that are interrupted or have to wait: the store is either the old or the new one."""

import errno
import fcntl
import os
import random
import signal
import subprocess
import time

from restore import LIST, Backups, check_folder, restore
from rig import bytes_of, check, expect_failure, inspect_shared, test

KILLS = 60


def state_of(store, backups):
    """The backup whose content the store has, judged by all accounts in it."""
    found = set(inspect_shared(store))
    letter = next((l for l, all in backups.emails.items() if found == all), None)
    check(letter, f"the store holds {len(found)} accounts, which match neither backup")
    return letter


@test
def a_restore_killed_at_any_moment_leaves_the_old_or_the_new(rig):
    backups = Backups(rig)
    store = backups.store
    reader, writer = rig.serve(store), rig.serve(store)
    started = time.monotonic()
    restore(rig, backups.path("b"), store)
    took = time.monotonic() - started
    dice = random.Random(6)
    tally, letter = {"old": 0, "new": 0}, "b"
    for kill in range(KILLS):
        target = "ab"[letter == "a"]
        running = subprocess.Popen(
            [rig.roster, "restore", backups.path(target), "--store", "file:" + store, "--yes"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0, took * 1.2))
        running.send_signal(signal.SIGKILL)
        running.wait()
        emails = {u["email"] for u in reader.result("users.list", **LIST)["users"]}
        found = state_of(store, backups)
        check(emails == backups.emails[found], f"kill {kill}: a server sees other accounts")
        # Nothing that the killed process left blocks a write, and the write is visible to readers.
        reply = writer.call("users.update", user_id="base-1@example.org", company=f"kill {kill}")
        check("result" in reply, f"kill {kill}: {reply}")
        check(
            reader.result("users.get", user_id="base-1@example.org")["company"] == f"kill {kill}",
            "a write is not visible")
        tally["new" if found == target else "old"] += 1
        letter = found
    check(min(tally.values()) > 2, f"the kills all came too early, or all too late: {tally}")
    restore(rig, backups.path("a"), store)
    check(state_of(store, backups) == "a", "after the kills, restore brought another state")
    return f"{tally}"


@test
def a_restore_that_dies_at_any_write_or_sync_leaves_the_old_or_the_new(rig):
    backups = Backups(rig)
    store = backups.store
    tally = {"a": 0, "b": 0}
    for mode, call in (("kill", "any"), ("torn", "pwrite")):
        for number in (*range(1, 12), *range(12, 4000, 11)):
            reader = rig.serve(store)
            reader.result("users.count")
            done = break_restore(rig, backups, mode, call, number)
            found = state_of(store, backups)
            tally[found] += 1
            emails = {u["email"] for u in reader.result("users.list", **LIST)["users"]}
            check(emails == backups.emails[found], f"{mode} {number}: a server sees others")
            reader.kill()
            rig.servers.clear()
            if done.returncode == 0:
                break
            check(done.returncode == -signal.SIGKILL, f"{mode} {number}: {done.stderr!r}")
            if found == "b":
                restore(rig, backups.path("a"), store)
        check(done.returncode == 0 and found == "b", f"{mode}: every call met the fault")
        restore(rig, backups.path("a"), store)
    check(tally["a"] > 10, f"only {tally}")
    return f"{tally}"


@test
def a_restore_on_a_disk_that_fails_is_told_and_leaves_the_old(rig):
    backups = Backups(rig)
    store = backups.store
    met = 0
    for call, code, word in (
        ("pwrite", errno.ENOSPC, "full"), ("pwrite", errno.EIO, ""), ("fdatasync", errno.EIO, "")
    ):
        for number in (*range(1, 12), *range(12, 4000, 11)):
            reader = rig.serve(store)
            reader.result("users.count")
            done = break_restore(rig, backups, "error", call, number, code)
            found = state_of(store, backups)
            # A fault after the commit may be reported or not.
            if done.returncode == 0:
                break
            met += 1
            check(done.returncode == 1, f"{call} {number}: {done.returncode} {done.stderr!r}")
            check(word in done.stderr, f"{call} {number}: {done.stderr!r}")
            emails = {u["email"] for u in reader.result("users.list", **LIST)["users"]}
            check(emails == backups.emails[found], f"{call} {number}: a server sees others")
            check_folder(rig)
            reader.kill()
            rig.servers.clear()
            if found == "b":
                restore(rig, backups.path("a"), store)
        check(done.returncode == 0 and found == "b", f"{call}: every call met the fault")
        restore(rig, backups.path("a"), store)
    check(met > 10, f"only {met} faults were met")
    return f"{met} faults"


def break_restore(rig, backups, mode, call, number, code=0):
    rig.touch("armed")
    env = rig.broken_disk(mode, call=call, number=number, errno=code)
    done = rig.run(
        "restore", backups.path("b"), "--store", "file:" + backups.store, "--yes",
        binary=rig.dynamic, env=env)
    for name in ("armed", "counters"):
        os.remove(rig.path(name))
    return done


@test
def half_a_restore_is_noticed(rig):
    """A control: a store overwritten with half a backup must fail the check."""
    backups = Backups(rig)
    whole = bytes_of(backups.path("b"))
    with open(backups.store, "r+b") as file:
        file.write(whole[:len(whole) // 8192 * 4096])
    return expect_failure(lambda: state_of(backups.store, backups), "half a backup passes")


# --- The lock -------------------------------------------------------------------------------------


@test
def a_restore_waits_for_the_lock_by_any_name_and_changes_nothing_without_it(rig):
    backups = Backups(rig)
    os.symlink(backups.store, rig.path("backup-link"))
    for name in (backups.store, rig.path("backup-link")):
        with open(backups.store + "-lock", "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            done = rig.run("restore", backups.path("b"), "--store", "file:" + name, "--yes")
            check(done.returncode == 1 and done.stderr, f"{done.returncode}: {done.stderr!r}")
            check(
                state_of(backups.store, backups) == "a", "the store was restored without the lock")
    running = subprocess.Popen(
        [rig.roster, "restore", backups.path("b"), "--store", "file:" + backups.store, "--yes"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with open(backups.store + "-lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
    _, error = running.communicate(timeout=30)
    check(running.returncode == 0, f"restore failed although the lock is free: {error!r}")
    check(state_of(backups.store, backups) == "b", "the store was not restored")


@test
def of_several_restores_at_once_the_store_is_one(rig):
    backups = Backups(rig)
    for round in range(10):
        running = [
            subprocess.Popen(
                [rig.roster, "restore", backups.path(letter), "--store", "file:" + backups.store,
                 "--yes"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for letter in "abab"]
        errors = [each.communicate(timeout=60)[1] for each in running]
        check(all(each.returncode == 0 for each in running), f"round {round}: {errors}")
        state_of(backups.store, backups)
