"""Files that are no store, or one no more."""

import json
import os
import random
import sqlite3
import struct

from limits import accept
from rig import (
    OWNER, Failed, bytes_of, check, expect_failure, problem, put_store, remove_log, remove_store,
    request, test)

APPLICATION_ID = 0x526F7374
ENDINGS = ("", "-wal", "-journal")
STATUSES = ["active", "invited", "disabled", "deleted"]
CORRUPT = ("storage_unavailable", "corrupt")


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
    """What is in the file, and a word of the message for each command."""
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
        "a page size that is none": (whole[:16] + b"\x12\x34" + whole[18:], ""),
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
        # An empty file may become a store, and one of no known version may be told apart later.
        if words[0] == "init" and not content:
            continue
        done = rig.run(*words, input=request(1, "users.count", {}) + "\n")
        case = f"{name}, {words[0]}"
        check(bytes_of(path) == content, f"{case}: the file was changed")
        check(done.returncode == 1, f"{case}: exit status {done.returncode}, {done.stderr!r}")
        check(done.stdout == "", f"{case}: printed {done.stdout[:80]!r}")
        check(path in done.stderr, f"{case}: the message names no file: {done.stderr!r}")
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


FLIPS = 400
PEOPLE = 60


@test
def with_a_flipped_bit_accounts_are_told_as_they_were_written_or_not_at_all(rig):
    """Flips fall on all of every page: headers, cell pointers, keys and texts. A row with a flip is
    refused, and what a damaged page or index leads to may be refused or absent."""
    dice = random.Random(8)
    store = full_store(rig)
    whole = bytes_of(store)
    sound = read(rig, store)
    written = by_id(sound)
    check(len(written) == PEOPLE + 1, f"the sound store answers with {len(written)} accounts")
    check(bytes_of(store) == whole, "a sound file was changed by reading")
    problems = []
    tally = {"refused": 0, "as before": 0, "told in part": 0}
    for _ in range(FLIPS):
        place, content = flipped(whole, dice)
        put_store(store, content)
        try:
            told = read(rig, store)
            check(bytes_of(store) == content, "the file was changed by reading")
            check_accounts(written, told)
            tally["refused" if not told else "as before" if told == sound else "told in part"] += 1
        except Failed as failure:
            problems.append(f"{place}: {failure}")
    check(not problems, f"{len(problems)} of {FLIPS} flips: " + " | ".join(one_of_each(problems)))
    check(min(tally.values()) > FLIPS // 50, f"the flips prove little: {tally}")
    return ", ".join(f"{count} {name}" for name, count in tally.items())


def flipped(whole, dice):
    """What a store is with one bit flipped, and where."""
    page = dice.randrange(len(whole) // 4096)
    # Half of the flips hit the page's header and cell pointers, which hold it together.
    at = page * 4096 + (dice.randrange(60) if dice.random() < 0.5 else dice.randrange(4096))
    content = bytearray(whole)
    content[at] ^= 1 << dice.randrange(8)
    return f"bit flipped in byte {at % 4096} of page {page + 1}", bytes(content)


def one_of_each(problems):
    """The first of each kind, told by the words that follow the place."""
    kinds = {}
    for text in problems:
        kinds.setdefault(text.split(": ", 1)[1][:30], []).append(text)
    return [f"{len(texts)}x {texts[0]}" for texts in kinds.values()]


def by_id(told):
    return {account["id"]: account for _, account in told}


def check_accounts(written, told):
    """Each account that is told is one that was written, in all its members, and was asked for."""
    for asked, account in told:
        known = written.get(account["id"])
        check(known, f"an account that never was: {account}")
        wrong = {name: account.get(name) for name in known if account.get(name) != known[name]}
        check(not wrong, f"{known['email']} is told with {wrong}")
        check(account.keys() == known.keys(), f"{known['email']} has members too many: {account}")
        check(is_asked_for(asked, account), f"asked for {asked}, it tells {account['email']}")


def is_asked_for(params, account):
    searched = f"{account['name']}\n{account['email']}".lower()
    return (
        params.get("user_id") in (None, account["email"])
        and params.get("org_id") in (None, account["organization_id"])
        and params.get("query", "").lower() in searched)


def read(rig, store):
    """All accounts that every way of reading tells, each with the params that it answers. Any answer
    will do, but a crash and a refusal that blames something else."""
    requests = [("users.list", {"limit": 1000, "sort_by": sort, "include_inactive": True})
                for sort in ("created_at", "email", "name", "updated_at")]
    requests += [("users.get", {"user_id": f"user-{at}@example.org"}) for at in range(0, 60, 7)]
    requests += [("users.list", {"query": text}) for text in ("Ada", "user-1", "e")]
    requests += [("users.list", {"org_id": "acme", "limit": 1000, "sort_by": "name"})]
    requests += [("users.count", {}), ("users.count", {"query": "user"}), ("server.info", {})]
    lines = [request(at, *each) for at, each in enumerate(requests)]
    try:
        done = rig.run(
            "serve", "--store", "file:" + store, "--as", OWNER, input="\n".join(lines) + "\n")
    except UnicodeDecodeError as error:
        raise Failed(f"an answer is not UTF-8: {error.reason}")
    check(
        done.returncode in (0, 1), f"the server ended with {done.returncode}: {done.stderr[-300:]}")
    if done.returncode == 1:
        # Where the index of emails is damaged, its own caller may be absent.
        check(
            any(word in done.stderr for word in (store, "damaged", "no account in the store")),
            f"the message is {done.stderr!r}")
        return []
    try:
        replies = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
    except ValueError as error:
        raise Failed(f"an answer is not JSON: {error}")
    check([r["id"] for r in replies] == list(range(len(lines))), "a request got no answer")
    told = []
    for (method, params), reply in zip(requests, replies):
        if "error" in reply:
            # SQLite tells of some damage to the trigram index as of any other error.
            check(
                problem(reply) in (CORRUPT, ("storage_unavailable", "io")),
                f"{method} was refused with {reply}")
        elif method == "users.list":
            told += [(params, account) for account in reply["result"]["users"]]
        elif method == "users.get" and reply["result"]:
            told.append((params, reply["result"]))
    return told


@test
def an_account_with_any_column_changed_is_corrupt(rig):
    store = full_store(rig)
    whole = bytes_of(store)
    email = "user-1@example.org"
    id = next(account["id"] for _, account in read(rig, store) if account["email"] == email)
    base = sqlite3.connect(store)
    columns = [(name, kind) for _, name, kind, *_ in base.execute("PRAGMA table_info(users)")]
    base.close()
    problems = []
    for name, kind in columns:
        another = f"ifnull({name}, '') || 'x'" if kind == "TEXT" else f"ifnull({name}, 0) + 1"
        put_store(store, whole)
        database(store, f"UPDATE users SET {name} = {another} WHERE email = '{email}'")
        # By what is changed itself it may not be found.
        server = rig.serve(store)
        replies = [
            server.call("users.get", user_id=email), server.call("users.get", user_id=id),
            server.call("users.list", limit=1000, status=STATUSES)]
        check(server.close() == 0, server.complaint())
        refusals = [problem(reply) for reply in replies]
        if CORRUPT not in refusals or refusals[2] != CORRUPT or any(
                reply.get("result") for reply in replies):
            problems.append(f"{name} was changed, and the answers are {str(replies)[:300]}")
    check(not problems, f"{len(problems)} of {len(columns)} columns: " + " | ".join(problems))
    return f"{len(columns)} columns"


@test
def a_file_that_is_changed_and_an_account_with_one_wrong_member_are_noticed(rig):
    """The control."""
    store = full_store(rig)
    before = bytes_of(store)
    sound = read(rig, store)
    written = by_id(sound)
    check_accounts(written, sound)
    asked, account = next(each for each in sound if "user_id" in each[0])
    for name in account:
        expect_failure(
            lambda: check_accounts(written, [(asked, {**account, name: "another"})]),
            f"an account with another {name} passes")
    other = next(each for each in written.values() if each["id"] != account["id"])
    for params in (asked, {"org_id": "globex"}, {"query": "nobody"}):
        expect_failure(
            lambda: check_accounts(written, [(params, other)]),
            f"an account that was not asked for by {params} passes")
    server = rig.serve(store)
    server.result("users.update", user_id=account["email"], metadata={"note": "another"})
    check(server.close() == 0, server.complaint())

    def unchanged():
        check(bytes_of(store) == before, "the file was changed")
    expect_failure(unchanged, "a file that was written to counts as unchanged")
    return expect_failure(
        lambda: check_accounts(written, read(rig, store)), "an account that was changed passes")


@test
def a_secret_that_was_changed_is_refused_and_opens_no_other_account(rig):
    store = rig.store()
    server = rig.serve(store)
    people = ("ann@example.org", "bob@example.org")
    word = "a right password"
    tokens = {}
    for email in people:
        accept(server, email, word + email)
        made = server.result("users.create_token", user_id=email, name="t")
        tokens[email] = made["token"]
    check(server.close() == 0, server.complaint())
    base = sqlite3.connect(store)
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    mine, other = (
        base.execute("SELECT key FROM users WHERE email = ?", (email,)).fetchone()[0]
        for email in people)
    base.close()
    whole = bytes_of(store)
    ann, bob = people
    of_ann = f"WHERE user_key = {mine} AND kind = 1"
    # The control: nothing was changed.
    check(who(rig, store, tokens[ann]) == ann, "a sound token is refused")
    check(signed_in(rig, store, ann, word + ann) == ann, "a sound password is refused")
    scripts = {
        "token's account": f"UPDATE tokens SET user_key = {other}, user_tail = (SELECT tail FROM"
        f" users WHERE key = {other}) {of_ann}",
        "token's end": f"UPDATE tokens SET expires_at = expires_at + 1073741824 {of_ann}",
        "token's kind": f"UPDATE tokens SET kind = 2 {of_ann}",
        "token's capabilities": f"UPDATE tokens SET capabilities = 'users.read' {of_ann}",
        "token's name": f"UPDATE tokens SET name = 'u' {of_ann}",
        "token's id": f"UPDATE tokens SET tail = tail + 1 {of_ann}",
        "token's use": f"UPDATE tokens SET last_used = 5 {of_ann}",
        "token's seal": f"UPDATE tokens SET seal = seal + 1 {of_ann}",
        "password's hash": "UPDATE passwords SET hash = (SELECT hash FROM passwords WHERE"
        f" user_key = {other}) WHERE user_key = {mine}",
        "password's term": "UPDATE passwords SET temporary_until = 4102444800000"
        f" WHERE user_key = {mine}",
        "password's seal": f"UPDATE passwords SET seal = seal + 1 WHERE user_key = {mine}",
    }
    problems = []
    for name, script in scripts.items():
        put_store(store, whole)
        database(store, script)
        if name.startswith("token"):
            answers = [who(rig, store, tokens[ann])]
        else:
            # Bob's password does not open what has got his hash.
            answers = [signed_in(rig, store, ann, word + email) for email in people]
        for answer in answers:
            if answer != CORRUPT:
                problems.append(f"the {name} was changed, and the answer is {answer}")
        # A sign-in looks at all tokens of the account, and one now says that it is his.
        wanted = (CORRUPT,) if name == "token's account" else (bob,)
        if who(rig, store, tokens[bob]) != bob:
            problems.append(f"the {name} was changed, and bob's token is refused")
        if signed_in(rig, store, bob, word + bob) not in wanted:
            problems.append(f"the {name} was changed, and bob is refused")
    check(not problems, f"{len(problems)} of {len(scripts)} changes: " + " | ".join(problems))
    return f"{len(scripts)} changes"


def who(rig, store, token):
    """Whom a token opens the store for, or how it is refused, also at the start."""
    done = rig.run(
        "serve", "--store", "file:" + store, env={"ROSTER_TOKEN": token},
        input=request(1, "users.get_current", {}) + "\n")
    if not done.stdout:
        return f"status {done.returncode}: {done.stderr.strip()}"
    reply = json.loads(done.stdout)
    return reply["result"]["email"] if "result" in reply else problem(reply)


def signed_in(rig, store, email, password):
    server = rig.serve(store)
    reply = server.call("users.authenticate", email=email, password=password)
    check(server.close() == 0, server.complaint())
    rig.servers.remove(server)
    return reply["result"]["email"] if "result" in reply else problem(reply)


def full_store(rig):
    """A store with people in it, all of it in the one file."""
    store = rig.store()
    server = rig.serve(store)
    for at in range(PEOPLE):
        name = ("Ada", "Bo", "Chloë")[at % 3] + f" {at}"
        reply = server.call(
            "users.create", email=f"user-{at}@example.org", name=name, org_id="acme",
            metadata={"note": "x" * 200})
        check("result" in reply, f"a create was refused: {reply}")
    check(server.close() == 0, server.complaint())
    base = sqlite3.connect(store)
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()
    remove_log(store)
    return store


def database(path, script):
    base = sqlite3.connect(path)
    base.executescript(script)
    base.commit()
    base.close()
