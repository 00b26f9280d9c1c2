"""Restoring backups of other formats and page sizes; missing and damaged stores as targets; and
reading a backup without changing it."""

import os
import shutil
import sqlite3
import stat
import statistics
import subprocess
import time

import doctor
import migrate
from names import contents
from neighbours import NOBODY, create_as_nobody, facts, shared_with_nobody
from refusals import attempt, is_refused, made, prepared
from restore import back_up, restore
from rig import OWNER, accounts, bytes_of, check, inspect, put_store, remove_store, test

PAGE_SIZES = (512, 1024, 8192, 65536)
SERVED_ROUNDS = 4
SERVED_WRITES = 6
# A write that waits for readers would take half a second: a reader keeps its snapshot that long.
WRITE_SECONDS_MAX = 0.25


@test
def backups_of_an_older_format_come_to_this_one_under_running_servers(rig):
    old = migrate.Old(rig)
    remove_store(old.store)
    store, _ = live_and_others(rig)
    for format, whole in old.wholes.items():
        for mode in ("WAL", "DELETE"):
            backup = made(rig.path(f"old-{format}-{mode}.db"), whole)
            if mode == "DELETE":
                alter(backup, "PRAGMA journal_mode=DELETE")
            take(rig, store, backup, old.accounts)


@test
def backups_of_another_page_size_come_to_that_of_the_store_under_running_servers(rig):
    store, rows = live_and_others(rig)
    for size in PAGE_SIZES:
        for mode in ("DELETE", "WAL"):
            backup = rig.path(f"{size}-{mode}.db")
            shutil.copyfile(rig.path("backup.db"), backup)
            alter(
                backup, "PRAGMA journal_mode=DELETE", f"PRAGMA page_size={size}", "VACUUM",
                f"PRAGMA journal_mode={mode}")
            check(page_size(backup) == size, f"the backup has pages of {page_size(backup)}")
            take(rig, store, backup, rows)
            check(page_size(store) == 4096, f"pages of {page_size(store)} after one of {size}")


@test
def a_store_of_another_page_size_takes_a_usual_backup(rig):
    _, rows = live_and_others(rig)
    for size in PAGE_SIZES:
        store = rig.path(f"large-{size}.db")
        shutil.copyfile(rig.path("backup.db"), store)
        os.chmod(store, 0o600)
        alter(store, "PRAGMA journal_mode=DELETE", f"PRAGMA page_size={size}", "VACUUM",
              "PRAGMA journal_mode=WAL")
        check(page_size(store) == size, f"the store has pages of {page_size(store)}")
        take(rig, store, rig.path("backup.db"), rows)


def live_and_others(rig):
    """A store, and the accounts in `backup.db`."""
    store, whole = prepared(rig)
    return store, inspect(made(rig.path("looked-at.db"), whole))


def alter(path, *steps):
    base = sqlite3.connect(path, isolation_level=None)
    for step in steps:
        base.execute(step).fetchall()
    base.close()
    for ending in ("-wal", "-shm"):
        check(not os.path.exists(path + ending), f"{ending} is left by {steps}")


def page_size(path):
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(18)[16:], "big")
    return 65536 if size == 1 else size


def take(rig, store, backup, rows):
    """Restores a backup, and checks the store through two servers: one started before, one
    after."""
    whole = bytes_of(backup)
    runs = rig.serve(store, caller=next(iter(accounts(store, rig.folder))))
    runs.result("users.count")
    told = restore(rig, backup, store)
    name = os.path.basename(backup)
    check(told["accounts"] == len(rows), f"{name}: restore printed {told}")
    check(accounts(store, rig.folder) == rows, f"{name}: other accounts")
    check(bytes_of(backup) == whole, f"{name}: the backup was changed")
    left = [each for each in os.listdir(rig.folder) if each.startswith(name) and each != name]
    check(not left, f"beside the backup there is {left}")
    # The caller of the running server may be missing in the restored store.
    reply = runs.call("users.count")
    check("result" in reply or reply["error"]["code"] == 401, f"{name}: a running server: {reply}")
    fresh = rig.serve(store)
    check(fresh.result("users.count") == len(rows), f"{name}: a new server has another count")
    check("result" in fresh.create(f"{name}@example.org"), f"{name}: a create was refused")
    check(len(accounts(store, rig.folder)) == len(rows) + 1, f"{name}: an account is lost")
    for server in (runs, fresh):
        check(server.close() == 0, server.complaint())
    rig.servers.clear()
    doctor.others_are_well(doctor.doctor(rig, store))


@test
def a_restore_to_a_new_place_makes_a_store_there(rig):
    _, rows = live_and_others(rig)
    os.mkdir(rig.path("new"))
    store = rig.path("new/users.db")
    for name in ("users.db-new", "users.db-new-wal", "users.db-x", "users.db.tmp"):
        made(rig.path("new/" + name), b"not yours\n")
    beside = contents(rig.path("new"))
    old = os.umask(0)
    try:
        told = restore(rig, rig.path("backup.db"), store)
    finally:
        os.umask(old)
    check(told["accounts"] == len(rows), f"it printed {told}")
    now = contents(rig.path("new"))
    check({p: now.get(p) for p in beside} == beside, "a file beside it was changed")
    left = set(now) - set(beside) - {store + ending for ending in ("", "-lock", "-wal", "-shm")}
    check(not left, f"it left {left}")
    for path in set(now) - set(beside):
        check(stat.S_IMODE(os.stat(path).st_mode) == 0o600, f"other users can read {path}")
    check(accounts(store, rig.folder) == rows, "other accounts")
    doctor.others_are_well(doctor.doctor(rig, store))
    server = rig.serve(store)
    check("result" in server.create("after@example.org"), "a create was refused")
    check(server.close() == 0, server.complaint())


@test
def a_log_without_its_store_is_not_taken_for_that_of_a_restored_one(rig):
    """Either the restore is refused, or the new store has exactly the backup's accounts."""
    store, _ = prepared(rig)
    rows = inspect(made(rig.path("looked-at.db"), bytes_of(rig.path("backup.db"))))
    os.remove(store)
    before = contents(rig.folder)
    done = attempt(rig, rig.path("backup.db"), store)
    if done.returncode:
        problems = is_refused(rig, "a log alone", done, before)
        check(not problems, " | ".join(problems))
        return "refused"
    check(accounts(store, rig.folder) == rows, "the log has changed the accounts")
    return "restored"


@test
def a_damaged_store_takes_a_backup_or_is_left_as_it_is(rig):
    store, _ = prepared(rig)
    rows = inspect(made(rig.path("looked-at.db"), bytes_of(rig.path("backup.db"))))
    rig.serve(store).close()
    alter(store, "PRAGMA wal_checkpoint(TRUNCATE)")
    whole = bytes_of(store)
    tally = {}
    for name, content in {
        "noise in a table": whole[:12 * 4096 + 10] + os.urandom(900) + whole[12 * 4096 + 910:],
        "noise in the schema": whole[:100] + os.urandom(3996) + whole[4096:],
        "a store cut short": whole[:len(whole) // 8192 * 4096],
    }.items():
        put_store(store, content)
        done = attempt(rig, rig.path("backup.db"), store)
        tally[name] = "restored" if done.returncode == 0 else "refused: " + done.stderr.strip()
        if done.returncode:
            check(bytes_of(store) == content, f"{name}: the store was refused but changed")
        else:
            check(accounts(store, rig.folder) == rows, f"{name}: other accounts")
    return f"{tally}"


@test
def a_backup_that_is_looked_at_has_no_log_beside_it_and_stays_the_same(rig):
    store, whole = prepared(rig)
    backup = rig.path("backup.db")
    check(whole[18:20] == b"\x01\x01", f"the backup is in journal mode {whole[18:20]}")
    before = contents(rig.folder)
    looks = {
        "sqlite3": ["sqlite3", backup, "SELECT count(*) FROM users; PRAGMA integrity_check"],
        "export": [rig.roster, "export", "--store", "file:" + backup],
        "doctor": [rig.roster, "doctor", "--store", "file:" + backup],
        "policy show": [rig.roster, "policy", "show", "--store", "file:" + backup],
        "a count": [
            rig.roster, "call", "users.count", "--store", "file:" + backup, "--as", OWNER],
        "a backup": [rig.roster, "backup", rig.path("again.db"), "--store", "file:" + backup],
        "a restore": [
            rig.roster, "restore", backup, "--store", "file:" + rig.path("again.db"), "--yes"],
    }
    problems = []
    for name, words in looks.items():
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        if done.returncode:
            problems.append(f"{name} ended with {done.returncode}: {done.stderr!r}")
        now = contents(rig.folder)
        for path in set(now) - set(before):
            if path.startswith(backup):
                problems.append(f"{name} left {os.path.basename(path)}")
                os.remove(path)
        if now[backup] != before[backup]:
            problems.append(f"{name} changed the backup")
            made(backup, before[backup])
    check(not problems, " | ".join(problems))


@test
def a_damaged_store_that_root_restores_stays_that_of_its_owner(rig):
    for mode in (0o600, 0o660):
        store, backup = shared_with_nobody(rig, mode), rig.path(f"nobody-{mode}.db")
        done = rig.run("backup", backup, "--store", "file:" + store)
        check(done.returncode == 0, done.stderr)
        for name, length in {"sound": None, "cut short": 8192}.items():
            if length:
                os.truncate(store, length)
            restore(rig, backup, store)
            owners = {
                ending: facts(store + ending) for ending in ("", "-wal", "-shm", "-lock")
                if os.path.exists(store + ending)}
            due = (NOBODY, NOBODY, mode)
            check(set(owners.values()) == {due}, f"{name}: owner, group and mode are {owners}")
            create_as_nobody(rig, store, name.replace(" ", "-"))
        shutil.rmtree(rig.path("service"))


@test
def a_backup_that_is_served_is_a_store_like_any_other(rig):
    """Four processes start at once. Each sees what another has acknowledged, and no write waits for
    processes that only read."""
    source = rig.store("source.db")
    took = []
    for round in range(SERVED_ROUNDS):
        store = rig.path(f"served-{round}.db")
        back_up(rig, source, store)
        readers = [rig.serve(store) for _ in range(4)]
        for server in readers:
            server.send("users.count")
        for at in range(SERVED_WRITES):
            writer = readers[at % 4 if round % 2 else 0]
            email = f"u{at}@example.org"
            started = time.monotonic()
            check("result" in writer.create(email), f"write {at} was refused")
            took.append(time.monotonic() - started)
            for server in readers:
                found = server.result("users.get", user_id=email)
                check(found, f"{email} was acknowledged, but another process does not find it")
        for server in readers:
            check(server.close() == 0, server.complaint())
        check(len(accounts(store, rig.folder)) == SERVED_WRITES + 1, "accounts are lost")
    median = statistics.median(took)
    check(median < WRITE_SECONDS_MAX, f"a write takes {median:.2f} s beside readers")
    return f"{len(took)} writes of {median * 1000:.0f} ms at the median"
