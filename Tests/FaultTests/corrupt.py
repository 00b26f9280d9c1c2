"""Flipped bits inside a store, and rows that other programs have changed."""

import itertools
import json
import random
import sqlite3

import damage
from limits import accept
from rig import OWNER, Failed, bytes_of, check, expect_failure, problem, put_store, request, test

FLIPS = 800
FLIPS_OF_A_KIND = 8
SWAPS = 400
STATUSES = ["active", "invited", "disabled", "deleted"]
CORRUPT = ("storage_unavailable", "corrupt")


@test
def with_a_flipped_bit_accounts_are_told_as_they_were_written_or_not_at_all(rig):
    """Flips fall on every part of every page: headers, cell pointers, keys and texts. A row with a
    flipped bit is refused. Rows found through a damaged page or index may be refused or missing."""
    dice = random.Random(8)
    store = damage.full_store(rig)
    whole = bytes_of(store)
    sound = read(rig, store)
    written = by_id(sound)
    check(len(written) == damage.PEOPLE + 1, f"an intact store returns {len(written)} accounts")
    check(bytes_of(store) == whole, "reading changed an intact file")
    problems = []
    tally = {"refused": 0, "as before": 0, "in part": 0}
    for _ in range(FLIPS):
        place, content = damage.flipped(whole, dice)
        put_store(store, content)
        try:
            told = read(rig, store)
            check(bytes_of(store) == content, "reading changed the file")
            check_accounts(written, told)
            tally["refused" if not told else "as before" if told == sound else "in part"] += 1
        except Failed as failure:
            problems.append(f"{place}: {failure}")
    check(not problems, f"{len(problems)} of {FLIPS} flips: " + " | ".join(one_of_each(problems)))
    check(min(tally.values()) > FLIPS_OF_A_KIND, f"the flips prove little: {tally}")
    return ", ".join(f"{count} {name}" for name, count in tally.items())


@test
def a_flipped_bit_in_the_index_of_organizations_shows_a_member_nobody_else(rig):
    """Flips every bit of the page's cell pointers: an entry that is out of order may end up between
    those of another organization."""
    store = rig.store()
    people = [
        {"email": f"u{at}@example.org", "name": f"U {at}", "org_id": "acme" if at < 23 else "zeta"}
        for at in range(46)]
    lines = "".join(json.dumps(each) + "\n" for each in people)
    done = rig.run("import", "-", "--store", "file:" + store, input=lines)
    check(done.returncode == 0, f"the import failed: {done.stderr}")
    ask = request(1, "users.list", {"limit": 1000}) + "\n"

    def foreign():
        done = rig.run(
            "serve", "--store", "file:" + store, "--as", "u45@example.org", input=ask)
        reply = json.loads(done.stdout or "{}")
        if "result" not in reply:
            return None
        return [
            user["email"] for user in reply["result"]["users"] if user["organization_id"] != "zeta"]
    return try_all_pointers(store, "users_organization", 47, foreign)


@test
def a_damaged_index_of_tokens_shows_nobody_elses(rig):
    store = rig.store()
    server = rig.serve(store)
    people = [f"u{at}@example.org" for at in range(6)]
    for email in people:
        accept(server, email, "a right password")
        for at in range(4):
            server.result("users.create_token", user_id=email, name=email)
    check(server.close() == 0, server.complaint())

    def foreign():
        told = token_names(rig, store, people[3])
        return None if isinstance(told, tuple) else [name for name in told if name != people[3]]
    return try_all_pointers(store, "tokens_user", 24, foreign)


@test
def a_damaged_index_of_deleted_accounts_restores_nobody_else(rig):
    store = rig.store()
    server = rig.serve(store)
    people = [f"u{at % 12}@example.org" for at in range(48)]
    for email in people:
        made = server.result("users.create", email=email, name="U", org_id="acme")
        server.result("users.delete", user_id=made["id"], mode="soft")
    check(server.close() == 0, server.complaint())

    def foreign():
        server = rig.serve(store)
        reply = server.call("users.restore", user_id="u5@example.org", dry_run=True)
        check(server.close() == 0, server.complaint())
        rig.servers.remove(server)
        if "result" not in reply:
            return None
        return [reply["result"]["email"]] if reply["result"]["email"] != "u5@example.org" else []
    return try_all_pointers(store, "users_deleted", 48, foreign)


def try_all_pointers(store, index, count, foreign):
    """Flips each bit of the cell pointers of an index that fits one page, and lets some entries
    point to the cells of others. `foreign` returns what is shown although it should not be, or
    None for a refusal."""
    base = sqlite3.connect(store)
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    page, = base.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = ?", (index,)).fetchone()
    base.close()
    whole = bytes_of(store)
    start = (page - 1) * 4096
    entries = int.from_bytes(whole[start + 3:start + 5], "big")
    check((whole[start], entries) == (10, count), f"{index} has {entries} entries on its page")
    problems, tally = [], {"refused": 0, "told": 0}
    for place, content in misled(whole, start, entries):
        put_store(store, content)
        shown = foreign()
        tally["refused" if shown is None else "told"] += 1
        if shown:
            problems.append(f"{place} of page {page}: shows {shown}")
    check(not problems, f"{len(problems)} of {sum(tally.values())}: " + " | ".join(problems[:3]))
    check(tally["told"] > 30, f"the flips prove little: {tally}")
    return f"{tally}"


def misled(whole, start, entries):
    for bit in range(8 * 8, 8 * (8 + 2 * entries)):
        content = bytearray(whole)
        content[start + bit // 8] ^= 1 << bit % 8
        yield f"bit {bit % 8} of byte {bit // 8}", content
    dice = random.Random(9)
    for _ in range(SWAPS):
        mine, other = (start + 8 + 2 * dice.randrange(entries) for _ in range(2))
        content = bytearray(whole)
        content[mine:mine + 2] = whole[other:other + 2]
        yield f"the entry at byte {mine - start} as at {other - start}", content


def one_of_each(problems):
    """The first problem of each kind. The start of the text after the position decides the kind."""
    kinds = {}
    for text in problems:
        kinds.setdefault(text.split(": ", 1)[1][:30], []).append(text)
    return [f"{len(texts)}x {texts[0]}" for texts in kinds.values()]


def by_id(told):
    return {account["id"]: account for _, account in told}


def check_accounts(written, told):
    """Checks that each returned account matches its params and equals, in all fields, one that was
    written."""
    for asked, account in told:
        known = written.get(account["id"])
        check(known, f"an account that was never written: {account}")
        wrong = {name: account.get(name) for name in known if account.get(name) != known[name]}
        check(not wrong, f"{known['email']} is returned with {wrong}")
        check(account.keys() == known.keys(), f"{known['email']} has extra fields: {account}")
        check(is_asked_for(asked, account), f"asked for {asked}, the reply has {account['email']}")


def is_asked_for(params, account):
    searched = f"{account['name']}\n{account['email']}".lower()
    return (
        params.get("user_id") in (None, account["email"])
        and params.get("org_id") in (None, account["organization_id"])
        and params.get("query", "").lower() in searched)


def read(rig, store):
    """All accounts that any method of reading returns, each with the params of its request. A crash
    and a refusal for an unrelated reason fail; any other reply passes here."""
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
        raise Failed(f"a reply is not UTF-8: {error.reason}")
    check(
        done.returncode in (0, 1), f"the server ended with {done.returncode}: {done.stderr[-300:]}")
    if done.returncode == 1:
        # Where the index of emails is damaged, the caller's own account may not be found.
        check(
            any(word in done.stderr for word in (store, "damaged", "the store has no account")),
            f"the message is {done.stderr!r}")
        return []
    try:
        replies = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
    except ValueError as error:
        raise Failed(f"a reply is not JSON: {error}")
    check([r["id"] for r in replies] == list(range(len(lines))), "a request got no reply")
    told = []
    for (method, params), reply in zip(requests, replies):
        if "error" in reply:
            # For some damage to the trigram index, SQLite returns a general error.
            check(
                problem(reply) in (CORRUPT, ("storage_unavailable", "io")),
                f"{method} was refused with {reply}")
        elif method == "users.list":
            told += [(params, account) for account in reply["result"]["users"]]
        elif method == "users.get" and reply["result"]:
            told.append((params, reply["result"]))
    return told


@test
def an_account_with_any_byte_of_its_record_changed_is_corrupt(rig):
    """In each round, each account has another byte of its record changed."""
    store = damage.full_store(rig)
    whole = bytes_of(store)
    people = {account["email"]: id for id, account in by_id(read(rig, store)).items()}
    del people[OWNER]
    dice = random.Random(12)
    problems, count = [], 0
    for first in itertools.count(0, len(people)):
        put_store(store, whole)
        flips = damage_records(store, people, first, dice)
        if not flips:
            break
        count += len(flips)
        server = rig.serve(store)
        for email, place in flips.items():
            found = [server.call("users.get", user_id=each) for each in (email, people[email])]
            # An account whose id is damaged may not be found by its id.
            if problem(found[0]) != CORRUPT or found[1].get("result") or (
                    place >= 8 and problem(found[1]) != CORRUPT):
                problems.append(f"byte {place} was changed, and the replies are {found}")
        reply = server.call("users.list", limit=1000, status=STATUSES)
        if problem(reply) != CORRUPT:
            problems.append(f"a list of damaged accounts returned {str(reply)[:300]}")
        check(server.close() == 0, server.complaint())
    check(not problems, f"{len(problems)} of {count} bytes: " + " | ".join(problems[:5]))
    check(count > 250, f"only {count} bytes")
    return f"{count} bytes"


def damage_records(store, people, first, dice):
    """Flips a bit of one byte of each record, from the byte `first` on. Returns email → byte."""
    flips = {}
    base = sqlite3.connect(store)
    for at, email in enumerate(people):
        (kept,) = base.execute("SELECT record FROM users WHERE email = ?", (email,)).fetchone()
        place = first + at
        if place >= len(kept):
            continue
        content = bytearray(kept)
        content[place] ^= 1 << dice.randrange(8)
        base.execute("UPDATE users SET record = ? WHERE email = ?", (bytes(content), email))
        flips[email] = place
    base.commit()
    base.close()
    return flips


@test
def a_file_that_is_changed_and_an_account_with_one_wrong_member_are_noticed(rig):
    """A control: a changed file, an account with one wrong field, and an account that was not asked
    for must fail the checks."""
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
    expect_failure(unchanged, "a changed file counts as unchanged")
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
    # A control: without a change, the secrets are accepted.
    check(who(rig, store, tokens[ann]) == ann, "an intact token is refused")
    check(signed_in(rig, store, ann, word + ann) == ann, "an intact password is refused")
    scripts = {
        "token's account": f"UPDATE tokens SET user_key = {other}, user_tail = (SELECT user_tail"
        f" FROM tokens WHERE user_key = {other}) {of_ann}",
        "token's expiry": f"UPDATE tokens SET expires_at = expires_at + 1073741824 {of_ann}",
        "token's kind": f"UPDATE tokens SET kind = 2 {of_ann}",
        "token's capabilities": f"UPDATE tokens SET capabilities = 'users.read' {of_ann}",
        "token's name": f"UPDATE tokens SET name = 'u' {of_ann}",
        "token's id": f"UPDATE tokens SET tail = tail + 1 {of_ann}",
        "token's use": f"UPDATE tokens SET last_used = 5 {of_ann}",
        "token's checksum": f"UPDATE tokens SET checksum = checksum + 1 {of_ann}",
        "password's hash": "UPDATE passwords SET hash = (SELECT hash FROM passwords WHERE"
        f" user_key = {other}) WHERE user_key = {mine}",
        "password's expiry": "UPDATE passwords SET temporary_until = 4102444800000"
        f" WHERE user_key = {mine}",
        "password's checksum":
            f"UPDATE passwords SET checksum = checksum + 1 WHERE user_key = {mine}",
    }
    problems = []
    for name, script in scripts.items():
        put_store(store, whole)
        damage.database(store, script)
        if name.startswith("token"):
            answers = [who(rig, store, tokens[ann])]
        else:
            # Bob's password must not open Ann's account, which now has his hash.
            answers = [signed_in(rig, store, ann, word + email) for email in people]
        for answer in answers:
            if answer != CORRUPT:
                problems.append(f"the {name} was changed, and the reply is {answer}")
        # A sign-in checks all tokens of the account; Ann's changed token now claims to be Bob's.
        wanted = (CORRUPT,) if name == "token's account" else (bob,)
        if who(rig, store, tokens[bob]) != bob:
            problems.append(f"the {name} was changed, and bob's token is refused")
        if signed_in(rig, store, bob, word + bob) not in wanted:
            problems.append(f"the {name} was changed, and bob is refused")
    check(not problems, f"{len(problems)} of {len(scripts)} changes: " + " | ".join(problems))
    return f"{len(scripts)} changes"


@test
def an_index_that_leads_to_another_account_opens_nothing_and_shows_nobody(rig):
    """Each row by itself is intact. An index entry consists of the indexed value followed by the
    row's key; this test changes the key to that of another row."""
    store = rig.store()
    server = rig.serve(store)
    ann, bob = "ann@example.org", "bob@example.org"
    word = "a right password"
    tokens = {}
    for email in (ann, bob):
        accept(server, email, word + email)
        tokens[email] = server.result("users.create_token", user_id=email, name=email)["token"]
    check(server.close() == 0, server.complaint())
    base = sqlite3.connect(store)
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    users, tags = [], []
    for email in (ann, bob):
        key, = base.execute("SELECT key FROM users WHERE email = ?", (email,)).fetchone()
        users.append(key)
        tags.append(base.execute(
            "SELECT key, digest FROM tokens WHERE user_key = ? AND kind = 1", (key,)).fetchone())
    base.close()
    whole = bytes_of(store)

    def lead(start, mine, other):
        """Writes the store with the entry of `mine` pointing to `other`. The last byte of the
        header before an entry says that the key takes eight bytes."""
        start = b"\x06" + start
        found = start + mine.to_bytes(8, "big")
        check(whole.count(found) == 1, f"{start} occurs {whole.count(found)} times in the file")
        put_store(store, whole.replace(found, start + other.to_bytes(8, "big")))

    lead(ann.encode(), *users)
    answers = {
        "signing in": signed_in(rig, store, ann, word + bob),
        "users.get": got(rig, store, ann),
    }
    lead(tags[0][1], tags[0][0], tags[1][0])
    answers["a token"] = who(rig, store, tokens[ann])
    lead(users[0].to_bytes(8, "big"), tags[0][0], tags[1][0])
    answers["users.list_tokens"] = token_names(rig, store, ann)
    wrong = {name: answer for name, answer in answers.items() if answer != CORRUPT}
    check(not wrong, f"not refused as corrupt: {wrong}")
    # A control: without a change, all are found.
    put_store(store, whole)
    check(signed_in(rig, store, ann, word + ann) == ann, "an intact password is refused")
    check(who(rig, store, tokens[ann]) == ann, "an intact token is refused")
    check(token_names(rig, store, ann) == [ann], "the intact tokens differ")
    return f"{len(answers)} ways"


def got(rig, store, email):
    server = rig.serve(store)
    reply = server.call("users.get", user_id=email)
    check(server.close() == 0, server.complaint())
    rig.servers.remove(server)
    return reply["result"]["email"] if "result" in reply else problem(reply)


def token_names(rig, store, email):
    server = rig.serve(store)
    reply = server.call("users.list_tokens", user_id=email)
    check(server.close() == 0, server.complaint())
    rig.servers.remove(server)
    if "result" not in reply:
        return problem(reply)
    return [each["name"] for each in reply["result"] if each["kind"] == "token"]


def who(rig, store, token):
    """The email that a token authenticates, or how the token is refused, by a reply or at the
    start."""
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
