"""Bits that flip within a store, and rows that were changed by others."""

import json
import random
import sqlite3

import damage
from limits import accept
from rig import OWNER, Failed, bytes_of, check, expect_failure, problem, put_store, request, test

FLIPS = 400
STATUSES = ["active", "invited", "disabled", "deleted"]
CORRUPT = ("storage_unavailable", "corrupt")


@test
def with_a_flipped_bit_accounts_are_told_as_they_were_written_or_not_at_all(rig):
    """Flips fall on all of every page: headers, cell pointers, keys and texts. A row with a flip is
    refused, and what a damaged page or index leads to may be refused or absent."""
    dice = random.Random(8)
    store = damage.full_store(rig)
    whole = bytes_of(store)
    sound = read(rig, store)
    written = by_id(sound)
    check(len(written) == damage.PEOPLE + 1, f"a sound store answers with {len(written)} accounts")
    check(bytes_of(store) == whole, "a sound file was changed by reading")
    problems = []
    tally = {"refused": 0, "as before": 0, "told in part": 0}
    for _ in range(FLIPS):
        place, content = damage.flipped(whole, dice)
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


@test
def a_flipped_bit_in_the_index_of_organizations_shows_a_member_nobody_else(rig):
    """All bits that say where the page's entries are: an entry that is out of its order may come
    between those of another organization."""
    store = rig.store()
    people = [
        {"email": f"u{at}@example.org", "name": f"U {at}", "org_id": "acme" if at < 30 else "zeta"}
        for at in range(60)]
    lines = "".join(json.dumps(each) + "\n" for each in people)
    done = rig.run("import", "-", "--store", "file:" + store, input=lines)
    check(done.returncode == 0, f"the import failed: {done.stderr}")
    base = sqlite3.connect(store)
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    page, = base.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'users_organization'").fetchone()
    base.close()
    whole = bytes_of(store)
    start = (page - 1) * 4096
    entries = int.from_bytes(whole[start + 3:start + 5], "big")
    check((whole[start], entries) == (10, 61), "the index is no page of all entries")
    problems, tally = [], {"refused": 0, "told": 0}
    for bit in range(8 * 8, 8 * (8 + 2 * entries)):
        content = bytearray(whole)
        content[start + bit // 8] ^= 1 << bit % 8
        put_store(store, content)
        ask = request(1, "users.list", {"limit": 1000}) + "\n"
        done = rig.run(
            "serve", "--store", "file:" + store, "--as", "u45@example.org", input=ask)
        reply = json.loads(done.stdout or "{}")
        tally["told" if "result" in reply else "refused"] += 1
        foreign = [
            user["email"] for user in reply.get("result", {}).get("users", ())
            if user["organization_id"] != "zeta"]
        if foreign:
            problems.append(f"bit {bit % 8} of byte {bit // 8} of page {page}: shows {foreign}")
    check(not problems, f"{len(problems)} of {16 * entries} bits: " + " | ".join(problems[:3]))
    check(min(tally.values()) > 30, f"the flips prove little: {tally}")
    return f"{tally}"


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
    """All accounts that every way of reading tells, each with the params that it answers. Any
    answer will do, but a crash and a refusal that blames something else."""
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
    store = damage.full_store(rig)
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
        damage.database(store, f"UPDATE users SET {name} = {another} WHERE email = '{email}'")
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
    store = damage.full_store(rig)
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
        damage.database(store, script)
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
