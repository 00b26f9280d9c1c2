"""Files that are not stores, or that were damaged."""

import json
import os
import random
import sqlite3
import struct

import record
from rig import OWNER, Failed, bytes_of, check, put_store, remove_log, remove_store, request, test

APPLICATION_ID = 0x526F7374
ENDINGS = ("", "-wal", "-journal")
PEOPLE = 80


@test
def files_that_are_no_store_are_refused_and_left_as_they_were(rig):
    store = full_store(rig)
    whole = bytes_of(store)
    cases = make_cases(rig, whole)
    problems = []
    for name, (content, word) in cases.items():
        try:
            refused(rig, name, content, word)
        except Failed as failure:
            problems.append(str(failure))
    check(not problems, f"{len(problems)} of {len(cases)} files: " + " | ".join(problems))
    return f"{len(cases)} files"


def make_cases(rig, whole):
    """The content of each file, and part of the message that each command must print."""
    def number(at, value):
        return whole[:at] + struct.pack(">I", value) + whole[at + 4:]

    random_bytes = random.Random(7).randbytes(65536)
    foreign, empty_base = rig.path("foreign.db"), rig.path("tables.db")
    database(foreign, "CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    database(empty_base, f"PRAGMA application_id={APPLICATION_ID}; CREATE TABLE t (a)")
    return {
        "an empty file": (b"", "is empty"),
        "a text": (b"email,name\n" * 40, "not a Roster store"),
        "random bytes": (random_bytes, "not a Roster store"),
        "zeros": (bytes(65536), "not a Roster store"),
        "another application's database": (bytes_of(foreign), "another application"),
        "another application_id": (number(68, 0x12345678), "another application"),
        "no application_id": (number(68, 0), "another application"),
        "a newer version": (number(60, int.from_bytes(whole[60:64], "big") + 1), "newer"),
        "a version of the far future": (number(60, 0x7FFFFFFF), "newer"),
        "no version": (number(60, 0), ""),
        "half of a store": (whole[:len(whole) // 8192 * 4096], "shorter"),
        "the first page of a store": (whole[:4096], "shorter"),
        "a store without its last byte": (whole[:-1], "shorter"),
        "the header of a store": (whole[:100], "shorter"),
        "less than a header": (whole[:60], "not a Roster store"),
        "a store whose first page is zero": (bytes(4096) + whole[4096:], "not a Roster store"),
        "a store that is zero but for its header": (
            whole[:100] + bytes(len(whole) - 100), "damaged"),
        "a store whose first page is noise": (
            whole[:100] + random_bytes[:3996] + whole[4096:], "damaged"),
        "an invalid page size": (whole[:16] + b"\x12\x34" + whole[18:], ""),
        "our application_id on other tables": (bytes_of(empty_base), ""),
    }


def refused(rig, name, content, word):
    path = rig.path("case.db")
    put_store(path, content)
    for words in (
        ["serve", "--store", "file:" + path, "--as", OWNER],
        ["call", "users.count", "--store", "file:" + path, "--as", OWNER],
        ["export", "--store", "file:" + path],
        ["import", "-", "--store", "file:" + path],
        ["init", "--store", "file:" + path, "--owner", OWNER],
    ):
        # init may make a store of an empty file.
        if words[0] == "init" and not content:
            continue
        done = rig.run(*words, input=request(1, "users.count", {}) + "\n")
        case = f"{name}, {words[0]}"
        check(bytes_of(path) == content, f"{case}: the file was changed")
        check(done.returncode == 1, f"{case}: exit status {done.returncode}, {done.stderr!r}")
        check(done.stdout == "", f"{case}: printed {done.stdout[:80]!r}")
        check(path in done.stderr, f"{case}: the message does not name the file: {done.stderr!r}")
        if words[0] != "init":
            check(word in done.stderr, f"{case}: expected {word!r} in {done.stderr!r}")
        for ending in ENDINGS[1:]:
            check(
                not os.path.exists(path + ending) or os.path.getsize(path + ending) == 0,
                f"{case}: {ending} was made")
    remove_store(path)


@test
def places_that_are_no_file_are_refused(rig):
    os.mkdir(rig.path("folder"))
    os.mkfifo(rig.path("pipe"))
    os.symlink(rig.path("nowhere"), rig.path("link"))
    for name, word in {
        "folder": "directory", "pipe": "not a regular file", "link": "does not exist",
        "missing": "does not exist", "missing/users.db": "does not exist",
    }.items():
        done = rig.run("serve", "--store", "file:" + rig.path(name), "--as", OWNER, seconds=10)
        check(done.returncode == 1, f"{name}: exit status {done.returncode}")
        check(word in done.stderr, f"{name}: {done.stderr!r}")
        check(name == "folder" or not os.path.isfile(rig.path(name)), f"{name}: a file was made")


def full_store(rig):
    """A store with accounts, completely contained in the database file. All but the newest are in the
    trigram index, since an import into an empty store builds it."""
    store = rig.store()
    people = [
        {"email": f"user-{at}@example.org", "name": ("Ada", "Bo", "Chloë")[at % 3] + f" {at}",
         "org_id": "acme", "metadata": {"note": "x" * 200}}
        for at in range(PEOPLE)]
    lines = "".join(json.dumps(each) + "\n" for each in people[:-1])
    done = rig.run("import", "-", "--store", "file:" + store, input=lines)
    check(done.returncode == 0, f"the import failed: {done.stderr}")
    server = rig.serve(store)
    reply = server.call("users.create", **people[-1])
    check("result" in reply, f"a create was refused: {reply}")
    check(server.close() == 0, server.complaint())
    base = sqlite3.connect(store)
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()
    remove_log(store)
    return store


def flipped(whole, dice):
    """The content of a store with one flipped bit, and the position of that bit."""
    page = dice.randrange(len(whole) // 4096)
    # Half of the flips hit the page header and the cell pointers, which give the page its
    # structure.
    at = page * 4096 + (dice.randrange(60) if dice.random() < 0.5 else dice.randrange(4096))
    content = bytearray(whole)
    content[at] ^= 1 << dice.randrange(8)
    return f"bit flipped in byte {at % 4096} of page {page + 1}", bytes(content)


def database(path, script):
    """Runs SQL, which may call `flipped` (see `record.flipped`)."""
    base = sqlite3.connect(path)
    record.add_functions(base)
    base.executescript(script)
    base.commit()
    base.close()
