"""What `roster doctor` reports for stores that are intact, damaged, or missing."""

import fcntl
import json
import os
import random
import sqlite3
import threading
import time

import corrupt
import damage
from record import CREATION
from rig import (
    Failed, Writer, accounts, bytes_of, check, expect_failure, put_store, remove_log, test)

NAMES = [
    "versions", "store", "permissions", "file_system", "free_space", "lock", "integrity",
    "accounts", "counts", "search", "identities", "names", "credentials", "expiry", "events", "policy",
    "clock",
    "round_trip",
]
FLIPS = 300
DAMAGE = "UPDATE users SET record = flipped(record)"
#: The text of an account in the trigram index.
TEXT = "search_name || char(10) || email || char(10) || char(10)"
NEWEST = "FROM users WHERE key = (SELECT max(key) FROM users)"
MARK = "UPDATE store_settings SET value ="


def doctor(rig, store):
    """The exit status, and the checks by name."""
    done = rig.run("doctor", "--json", "--store", "file:" + store)
    check(done.returncode in (0, 1), f"doctor ended with {done.returncode}: {done.stderr[-300:]}")
    report = json.loads(done.stdout)
    checks = {each["name"]: each for each in report["checks"]}
    failed = [name for name, each in checks.items() if each["status"] == "fail"]
    check(report["ok"] == (not failed) == (done.returncode == 0), f"it prints {done.stdout}")
    for each in checks.values():
        check(each["status"] == "ok" or each.get("remedy"), f"no remedy: {each}")
    return checks


def expect(rig, store, name, status, word=""):
    """Checks the status of one check, and that its text contains `word`. Returns all checks."""
    found = doctor(rig, store)
    check(name in found, f"{name} was not checked: {found}")
    check(found[name]["status"] == status, f"{name}: expected {status}, got {found[name]}")
    text = found[name]["detail"] + found[name].get("remedy", "")
    check(word in text, f"{name}: expected {word!r} in {text!r}")
    return found


def others_are_well(found, *names):
    wrong = [each for each in found.values() if each["status"] != "ok" and each["name"] not in names]
    check(not wrong, f"not ok: {wrong}")


@test
def doctor_finds_a_store_well_that_others_write_to(rig):
    store = rig.store()
    writers = [Writer(f"w{at}", random.Random(at)) for at in range(2)]
    for writer in writers:
        writer.start(rig.serve(store))
    for _ in range(12):
        found = doctor(rig, store)
        others_are_well(found)
        check(list(found) == NAMES, f"it checked {list(found)}")
    acknowledged = sum(writer.acknowledged for writer in writers)
    check(acknowledged > 500, f"only {acknowledged} changes meanwhile")
    for writer in writers:
        writer.stop()
        check(writer.server.close() == 0, writer.server.complaint())
    found = accounts(store, rig.folder)
    for writer in writers:
        writer.settle(found)
    return f"{acknowledged} changes meanwhile"


@test
def doctor_leaves_the_log_of_a_server_that_died_as_it_was(rig):
    store = damage.full_store(rig)
    server = rig.serve(store)
    check("result" in server.create("late@example.org"), "a create was refused")
    server.kill()
    before = [bytes_of(store + ending) for ending in ("", "-wal")]
    check(len(before[1]) > 0, "there is no log")
    others_are_well(doctor(rig, store))
    check(before == [bytes_of(store + e) for e in ("", "-wal")], "the store was changed")


@test
def doctor_reports_files_that_are_no_store_and_leaves_them_as_they_were(rig):
    store = damage.full_store(rig)
    cases = damage.make_cases(rig, bytes_of(store))
    path = rig.path("case.db")
    for name, (content, word) in cases.items():
        put_store(path, content)
        os.chmod(path, 0o600)
        found = doctor(rig, path)
        failed = [each for each in found.values() if each["status"] == "fail"]
        check(failed, f"{name}: nothing failed")
        check(any(word in each["detail"] for each in failed), f"{name}: no {word!r} in {failed}")
        check(bytes_of(path) == content, f"{name}: the file was changed")
        for ending in ("", "-wal", "-shm"):
            if os.path.exists(path + ending):
                check(
                    ending != "-wal" or os.path.getsize(path + ending) == 0,
                    f"{name}: doctor wrote a log")
                os.remove(path + ending)
    return f"{len(cases)} files"


@test
def doctor_reports_places_without_a_file(rig):
    os.mkdir(rig.path("folder"))
    os.mkfifo(rig.path("pipe"))
    os.symlink(rig.path("nowhere"), rig.path("link"))
    before = sorted(os.listdir(rig.folder))
    for name, word in {
        "folder": "directory", "pipe": "not a regular file", "link": "does not exist",
        "missing": "roster init", "missing/users.db": "roster init",
    }.items():
        found = expect(rig, rig.path(name), "store", "fail", word)
        check(list(found) == ["versions", "store"], f"{name}: it checked {list(found)}")
    check(sorted(os.listdir(rig.folder)) == before, "doctor made a file")


@test
def doctor_finds_flipped_bits_or_accounts_are_as_they_were(rig):
    dice = random.Random(21)
    store = damage.full_store(rig)
    whole = bytes_of(store)
    sound = corrupt.read(rig, store)
    problems, tally = [], {"fail": 0, "ok": 0}
    for _ in range(FLIPS):
        place, content = damage.flipped(whole, dice)
        put_store(store, content)
        try:
            failed = any(each["status"] == "fail" for each in doctor(rig, store).values())
            tally["fail" if failed else "ok"] += 1
            check(bytes_of(store) == content, "the file was changed")
            check(failed or corrupt.read(rig, store) == sound, "doctor did not find the damage")
        except Failed as failure:
            problems.append(f"{place}: {failure}")
    check(not problems, f"{len(problems)} of {FLIPS} flips: {problems[:3]}")
    check(min(tally.values()) > FLIPS // 10, f"{tally}")
    return f"{tally}"


@test
def doctor_tells_what_does_not_agree(rig):
    for name, script, word in (
        ("accounts", f"{DAMAGE} WHERE email = 'user-3@example.org'", f"1 of {damage.PEOPLE + 1}"),
        ("accounts", f"{DAMAGE} WHERE email LIKE 'user-3%'", f"11 of {damage.PEOPLE + 1}"),
        ("counts", "UPDATE counts SET count = count + 1 WHERE scope = ''", "totals"),
        ("counts", "DELETE FROM counts WHERE scope = ':acme'", "totals"),
        ("counts", "INSERT INTO counts VALUES (':nobody', 1, 1)", "totals"),
        (
            "search", "INSERT INTO user_search (user_search, rowid, text)"
            f" SELECT 'delete', key, {TEXT} FROM users WHERE email = 'user-7@example.org'",
            "trigrams"),
        ("search", "INSERT INTO user_search (rowid, text) VALUES (7, 'somebody')", "trigrams"),
        (
            # Each trigram has the same number of accounts, but one of them is the wrong account.
            "search", "INSERT INTO user_search (user_search, rowid, text)"
            f" SELECT 'delete', key, {TEXT} FROM users WHERE email = 'user-0@example.org';"
            "INSERT INTO user_search (rowid, text)"
            f" SELECT 7, {TEXT} FROM users WHERE email = 'user-0@example.org'", "1 of"),
        # The newest account is not in the index, and needs no entry.
        (
            "search", f"INSERT INTO user_search (rowid, text) SELECT key, {TEXT} {NEWEST}",
            "trigrams"),
        ("search", f"{MARK} (SELECT key {NEWEST}) WHERE name = 'indexed_to'", "trigrams"),
        ("search", f"{MARK} '0' WHERE name = 'indexed_to'", "trigrams"),
        ("search", "DROP TABLE user_search", "user_search"),
        ("integrity", "DELETE FROM store_settings WHERE name = 'cursor_key'", "cursors"),
        ("events", f"UPDATE events SET changes = flipped({CREATION}) WHERE seq = 4", "1 are damaged"),
        ("events", "UPDATE events SET type = 12 WHERE seq = 4", "1 are damaged"),
        ("events", "UPDATE events SET changes = '{' WHERE seq = 4", "1 are damaged"),
        ("events", "DELETE FROM events WHERE seq = 4", "1 are missing"),
    ):
        store = damage.full_store(rig)
        damage.database(store, script)
        before = bytes_of(store)
        found = expect(rig, store, name, "fail", word)
        others_are_well(found, name)
        check(bytes_of(store) == before, f"{name}: the file was changed")
        os.remove(store)


@test
def doctor_tells_of_an_index_that_lacks_an_account(rig):
    store = damage.full_store(rig)
    content = bytearray(bytes_of(store))
    base = sqlite3.connect(store)
    root = base.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'users_email'").fetchone()
    base.close()
    # Some emails are in the root page itself, as on every page of an index.
    start = (root[0] - 1) * 4096
    at = start + content[start:start + 4096].index(b"user-")
    content[at] = ord("U")
    with open(store, "wb") as file:
        file.write(content)
    found = expect(rig, store, "integrity", "fail", "users_email")
    check(bytes_of(store) == bytes(content), "the file was changed")
    return found["integrity"]["detail"]


@test
def doctor_tells_of_permissions(rig):
    store = damage.full_store(rig)
    for path, mode, status in (
        (store, 0o644, "fail"), (store, 0o660, "fail"), (store, 0o400, "warn"),
        (store + "-lock", 0o604, "fail"), (rig.folder, 0o777, "fail"), (rig.folder, 0o1777, "warn"),
        (rig.folder, 0o770, "warn"),
    ):
        before = os.stat(path).st_mode & 0o7777
        os.chmod(path, mode)
        found = expect(rig, store, "permissions", status, "chmod")
        check(path in found["permissions"]["detail"], f"the detail does not name {path}: {found}")
        check(os.stat(path).st_mode & 0o7777 == mode, "doctor changed the mode")
        os.chmod(path, before)
        remove_log(store)
    others_are_well(doctor(rig, store))
    if os.geteuid() == 0:
        os.chown(store, 12345, 12345)
        expect(rig, store, "permissions", "warn", "user 12345")


@test
def doctor_tells_of_a_lock_that_is_held(rig):
    store = damage.full_store(rig)
    with open(store + "-lock", "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        started = time.monotonic()
        others_are_well(expect(rig, store, "lock", "warn", "503"), "lock")
        check(time.monotonic() - started < 10, "it took too long")
        threading.Timer(0.7, lambda: fcntl.flock(file, fcntl.LOCK_UN)).start()
        others_are_well(expect(rig, store, "lock", "ok", "in use"))
    expect(rig, store, "lock", "ok", "free")
    os.remove(store + "-lock")
    expect(rig, store, "lock", "ok", "free")
    check(not os.path.exists(store + "-lock"), "doctor made the lock file")


@test
def doctor_tells_of_accounts_from_the_future(rig):
    for member in ("created_at", "updated_at"):
        store = damage.full_store(rig)
        with open(rig.path("late.jsonl"), "w") as file:
            row = {"email": "late@example.org", "name": "L", "org_id": "o"}
            file.write(json.dumps({**row, member: "2101-01-01T00:00:00Z"}) + "\n")
        done = rig.run("import", rig.path("late.jsonl"), "--store", "file:" + store)
        check(done.returncode == 0, done.stderr)
        others_are_well(expect(rig, store, "clock", "warn", "clock"), "clock")
        os.remove(store)


@test
def doctor_tells_of_a_newer_store_whose_header_is_still_in_the_log(rig):
    store = damage.full_store(rig)
    base = sqlite3.connect(store)
    base.execute("PRAGMA wal_autocheckpoint=0")
    base.execute("PRAGMA user_version=999")
    base.commit()
    before = bytes_of(store)
    found = expect(rig, store, "store", "fail", "newer")
    check("accounts" not in found, "doctor read tables of an unknown format")
    check(bytes_of(store) == before, "the file was changed")
    base.close()


@test
def a_damaged_store_has_no_backup(rig):
    for script in (
        f"{DAMAGE} WHERE email = 'user-3@example.org'",
        "UPDATE users SET organization_id = 'zeta' WHERE email = 'user-3@example.org'",
        "UPDATE counts SET count = count + 1 WHERE scope = ''",
    ):
        store = damage.full_store(rig)
        damage.database(store, script)
        done = rig.run("backup", rig.path("copy.db"), "--store", "file:" + store)
        check(done.returncode == 1 and "damaged" in done.stderr, f"backup says {done.stderr!r}")
        check(not [n for n in os.listdir(rig.folder) if n.startswith("copy")], "a file is left")
        os.remove(store)


@test
def a_store_that_doctor_finds_damaged_is_not_taken_for_a_well_one(rig):
    """A control: a store with mode 0644 must not pass as intact."""
    store = damage.full_store(rig)
    os.chmod(store, 0o644)
    return expect_failure(lambda: others_are_well(doctor(rig, store)), "mode 0644 passes")
