"""kill -9 at random moments while two processes write to one store, through different paths."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import time

import damage
from record import CREATION, WAITING_MAX
from rig import (
    Writer, accounts, bytes_of, check, copied, expect_failure, feed_of, inspect, inspect_shared,
    request, test, wait_for)

cycles = 200
RUN_MS_MAX = 400
# The feed keeps all events. A new store after so many cycles keeps the checks short.
STORE_CYCLES = 20
SUBSCRIBER_SECONDS_MAX = 10
# So many that half of the log holds some.
CUT_WRITES = 400
# The two writers open the store through these paths, one pair per cycle.
NAMES = (("path", "linked file"), ("linked folder", "path"), ("linked file", "linked folder"))


@test
def nothing_acknowledged_is_lost_when_two_writing_processes_are_killed_again_and_again(rig):
    """It also checks that the feed reports exactly what was committed, and that a subscriber gets
    each event once and in order, even if it is killed and another one continues after its last
    event."""
    dice = random.Random(2)
    tally = {"kills": 0, "kept": 0, "emptied": 0, "events": 0, "subscribers": 0}
    for first in range(0, cycles, STORE_CYCLES):
        store = rig.store(f"users-{first}.db")
        writers = [Writer("w0", random.Random(first)), Writer("w1", random.Random(first + 1))]
        feed = Feed(rig, store)
        for cycle in range(first, min(first + STORE_CYCLES, cycles)):
            cycle_of_kills(rig, cycle, store, writers, feed, dice, tally)
        check_through_server(rig, store, writers, feed)
        tally["events"] += len(feed.known)
        tally["subscribers"] += feed.begun
        feed.subscriber.kill()
        rig.servers.clear()
    check(
        tally["emptied"] or cycles < 100,
        "the log was never reset: no checkpoint was complete")
    check(
        tally["kept"] > cycles * 20,
        f"only {tally['kept']} writes were acknowledged: too few to prove anything")
    return (
        f"{tally['kills']} kills, {tally['kept']} acknowledged writes, {tally['events']} events"
        " sent"
        f" to {tally['subscribers']} subscribers, the log reset in {tally['emptied']} cycles")


def names_of(rig, store):
    """The paths through which a store can be opened."""
    file, folder = rig.path("linked-" + os.path.basename(store)), rig.path("linked")
    for link, target in ((file, store), (folder, rig.folder)):
        if not os.path.lexists(link):
            os.symlink(target, link)
    return {
        "path": store, "linked file": file,
        "linked folder": os.path.join(folder, os.path.basename(store))}


def cycle_of_kills(rig, cycle, store, writers, feed, dice, tally):
    names = names_of(rig, store)
    servers = [rig.serve(names[name]) for name in NAMES[cycle % len(NAMES)]]
    for writer, server in zip(writers, servers):
        # Every third cycle sends small chunks, so that kills fall between many commits.
        writer.start(server, chunk_max=3 if cycle % 3 == 0 else 40)
    run = dice.uniform(0, RUN_MS_MAX) / 1000
    if cycle % 4 == 1:
        # The subscriber is killed while the writers continue.
        share = dice.random()
        time.sleep(run * share)
        tally["kills"] += feed.kill()
        feed.resume()
        time.sleep(run * (1 - share))
    else:
        time.sleep(run)
    tally["kills"] += end(writers, servers, dice)
    if cycle % 4 == 3:
        # All processes are killed, so the next one to open the store recovers it from its log.
        tally["kills"] += feed.kill()
        found = accounts(store, rig.folder)
        told = named(feed_of(copied(store, rig.folder), after=len(feed.known)))
        feed.resume()
    else:
        found = inspect_shared(store)
        told = named(feed_of(store, after=len(feed.known)))
    tally["emptied"] += was_log_emptied(store)
    check_feed(told, writers)
    feed.follow(told)
    for writer in writers:
        own = {email: row for email, row in found.items() if email.startswith(writer.name + "-")}
        check(own == writer.told, f"{writer.name}: the accounts differ from what the events say")
    tally["kept"] += sum(writer.settle(found) for writer in writers)
    rig.servers[:] = [feed.subscriber]


class Feed:
    """A process that subscribes to a store's events, and all events that it and its predecessors
    got."""

    def __init__(self, rig, store):
        self.rig, self.store = rig, store
        self.known = []
        self.heard = []
        self.begun = 0
        self.resume()
        self.follow(named(feed_of(store)))

    def resume(self):
        self.subscriber = self.rig.serve(self.store)
        after = self.heard[-1]["seq"] if self.heard else 0
        self.subscriber.send("users.subscribe", after=after)
        self.begun += 1

    def kill(self):
        self.subscriber.kill()
        self.take()
        return 1

    def take(self):
        with self.subscriber.arrived:
            self.heard += self.subscriber.told
            self.subscriber.told.clear()

    def follow(self, more, seconds=SUBSCRIBER_SECONDS_MAX):
        """Waits until the subscriber has received the store's new events, and compares them."""
        self.known += more
        if len(self.heard) < len(self.known):
            self.subscriber.wait_told(len(self.known), seconds)
        self.take()
        check(
            [e["seq"] for e in self.heard] == list(range(1, len(self.known) + 1)),
            f"of {len(self.known)} events {len(self.heard)} were received, or in another order")
        for heard, kept in zip(self.heard[-len(more):] if more else [], more):
            check(
                heard["type"] == kept["type"] and is_as_kept(heard, kept),
                f"event {kept['seq']} is kept as {kept} and was sent as {heard}")


def named(told):
    """Adds the email to events that were redacted because their account was deleted later. The
    event of the deletion still has it."""
    deleted = {
        (event["user_key"], event["user_tail"]): event["email"] for event in told
        if event["type"] == "user_deleted"}
    found = []
    for event in told:
        is_redacted = event["email"] is None
        email = deleted.get((event["user_key"], event["user_tail"]), event["email"])
        check(email, f"the account of {event} is unknown")
        found.append({**event, "email": email, "is_redacted": is_redacted})
    return found


def is_as_kept(heard, kept):
    """Whether the event was sent as it is kept. It may have been sent before or after a
    redaction."""
    if kept["is_redacted"]:
        return heard["email"] == kept["email"] or (heard["email"], heard["changes"]) == (None, {})
    return (heard["email"], heard["changes"]) == (kept["email"], json.loads(kept["changes"]))


def check_feed(told, writers):
    """Checks that each writer's events are those of its operations, in order, and include all that
    were acknowledged. An operation that was sent after another's acknowledgement must come
    later."""
    for writer in writers:
        check(not writer.bad_reply, f"{writer.name}: a request was refused: {writer.bad_reply}")
    own = {writer.name: [] for writer in writers}
    # The latest time at which any operation earlier in the feed was sent.
    sent_before = 0
    for event in told:
        writer = next(w for w in writers if event["email"].startswith(w.name + "-"))
        at = len(own[writer.name])
        own[writer.name].append(event)
        check(at < len(writer.pending), f"an event without a request: {event}")
        if at < writer.acknowledged:
            check(
                writer.answered[at] >= sent_before,
                f"event {event['seq']} comes after one that was sent after its reply: {event}")
        sent_before = max(sent_before, writer.sent[at])
    for writer in writers:
        check_events(own[writer.name], writer)


def check_events(told, writer):
    check(
        len(told) >= writer.acknowledged,
        f"{writer.name} has {writer.acknowledged} acknowledgements and {len(told)} events")
    state = dict(writer.state)
    for event, (email, after) in zip(told, writer.pending):
        before = state.get(email)
        wanted = (event_type(before, after), email)
        check(
            (event["type"], event["email"]) == wanted,
            f"{writer.name}: event {event['seq']} is {event}, and not {wanted}")
        changes = json.loads(event["changes"])
        check(not event["is_redacted"] or changes == {}, f"{event} holds data of a deleted account")
        for at, member in enumerate(("name", "job_title")):
            old, new = (row and row[at] for row in (before, after))
            change = {"before": old, "after": new} if after and old != new else None
            check(
                changes.get(member) == change or event["is_redacted"],
                f"{writer.name}: event {event['seq']} says {changes}, and {member} is {change}")
        writer.apply(state, email, after)
    writer.told = state


def event_type(before, after):
    return "user_deleted" if after is None else "user_updated" if before else "user_created"


def was_log_emptied(store):
    """Whether the log was truncated or started anew; the header counts each new start
    (https://www.sqlite.org/fileformat2.html#walformat)."""
    with open(store + "-wal", "rb") as file:
        head = file.read(16)
    return not head or int.from_bytes(head[12:], "big") > 0


def end(writers, servers, dice):
    """Kills both servers; or one while the other ends normally; or one while it shuts down, after
    which the other ends normally. Returns the number of kills."""
    manner = dice.random()
    if manner < 0.6:
        servers[0].process.kill()
        time.sleep(dice.choice([0, 0, dice.uniform(0, 0.05)]))
        servers[1].process.kill()
        kills = 2
    else:
        dice.shuffle(servers)
        survivor, victim = servers
        if manner < 0.8:
            victim.process.kill()
        else:
            writer = next(w for w in writers if w.server is victim)
            writer.stop()
            victim.process.stdin.close()
            time.sleep(dice.uniform(0, 0.03))
            victim.process.kill()
        time.sleep(dice.uniform(0, 0.05))
        writer = next(w for w in writers if w.server is survivor)
        writer.stop()
        check(survivor.close() == 0, f"the surviving server: {survivor.complaint()}")
        check(
            writer.acknowledged == len(writer.pending),
            "the server that was not killed left requests unanswered")
        kills = 1
    for server in servers:
        server.kill()
    for writer in writers:
        writer.stop()
    return kills


def check_through_server(rig, store, writers, feed):
    """Compares Roster's own replies after the crash."""
    server = rig.serve(store)
    page = server.result("users.events", after=len(feed.known) - 10, limit=50)
    check(
        [e["seq"] for e in page["events"]] == [e["seq"] for e in feed.known[-10:]],
        f"users.events ends with {page}")
    expected = sum(len(writer.state) for writer in writers) + 1
    check(server.result("users.count") == expected, "users.count differs from the rows")
    for writer in writers:
        for email, (name, job, version) in list(writer.state.items())[:5]:
            user = server.result("users.get", user_id=email)
            check(
                user and (user["name"], user["job_title"], user["version"]) == (name, job, version),
                f"users.get {email}: {user}")
            found = server.result("users.list", query=email)["users"]
            check([u["email"] for u in found] == [email], f"a search for {email} finds {found}")
    check(server.close() == 0, "the checking server failed")


@test
def an_import_that_is_killed_can_be_run_again(rig):
    """An import into an empty store is one transaction; into a full one, one a second."""
    empty = killed_imports(rig, rounds=20, rows=2000, filled=0, run_ms_max=50)
    full = killed_imports(rig, rounds=1, rows=100_000, filled=1100, run_ms_max=6000)
    check(empty == 0, f"{empty} times an import was kept in part")
    return f"21 kills, {full} between two transactions of an import"


def killed_imports(rig, rounds, rows, filled, run_ms_max):
    """Returns how often only part of an import was committed."""
    dice = random.Random(4)
    source = rig.path("rows.jsonl")
    with open(source, "w") as file:
        for at in range(rows):
            user = {"email": f"row-{at}@example.org", "name": f"Row {at}", "org_id": "acme"}
            file.write(json.dumps(user) + "\n")
    partly = 0
    for round in range(rounds):
        store = rig.store(f"users-{filled}-{round}.db")
        fill(rig, store, filled)
        before = schema(store, rig.folder)
        process = subprocess.Popen(
            [rig.roster, "import", source, "--store", "file:" + store],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0, run_ms_max) / 1000)
        process.kill()
        process.wait()
        count = len(accounts(store, rig.folder)) - 1 - filled
        partly += 0 < count < rows
        check(schema(store, rig.folder) == before, "an index is gone")
        done = rig.run("import", source, "--store", "file:" + store)
        check(done.returncode == 0, f"the second import failed: {done.stderr}")
        count = len(accounts(store, rig.folder)) - 1 - filled
        check(count == rows, f"{count} of {rows} rows after the second import")
    return partly


def fill(rig, store, count):
    server = rig.serve(store)
    lines = [
        request(at, "users.create", {"email": f"u{at}@x.org", "name": "U", "org_id": "acme"})
        for at in range(count)]
    server.write("\n".join(lines) + "\n")
    check(all("result" in (server.wait(at) or {}) for at in range(count)), "a create was refused")
    check(server.close() == 0, server.complaint())


def schema(store, folder):
    base = sqlite3.connect(copied(store, folder))
    found = set(base.execute("SELECT type, name, sql FROM sqlite_schema"))
    base.close()
    return found


@test
def a_log_cut_short_and_rows_changed_by_hand_are_noticed(rig):
    """The control of the checks above: each of these defects must be noticed."""
    store = rig.store()
    # More than the trigram index may lack.
    people = "".join(
        json.dumps({"email": f"more{at}@example.org", "name": f"More {at}", "org_id": "acme"}) + "\n"
        for at in range(WAITING_MAX + 44))
    done = rig.run("import", "-", "--store", "file:" + store, input=people)
    check(done.returncode == 0, f"the import failed: {done.stderr}")
    writer = Writer("w0", random.Random(3))
    server = rig.serve(store)
    # A shorter log would not lose what a checkpoint has already moved; a reader prevents
    # checkpoints.
    reader = sqlite3.connect(store, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM users").fetchone()
    writer.start(server, chunk_max=3)
    wait_for(lambda: writer.acknowledged >= CUT_WRITES, 20, f"{CUT_WRITES} acknowledged writes")
    server.kill()
    writer.stop()

    # The log loses its second half, as on a disk that reported a sync too early.
    whole, cut = rig.path("whole.db"), rig.path("cut.db")
    for copy in (whole, cut):
        for ending in ("", "-wal"):
            shutil.copyfile(store + ending, copy + ending)
    reader.close()
    os.truncate(cut + "-wal", written_bytes(cut + "-wal") // 2)
    pending, acknowledged = writer.pending, writer.acknowledged
    expect_failure(
        lambda: writer.settle(accounts(cut, rig.folder)), "half of the log may vanish")

    writer.state, writer.pending, writer.acknowledged = {}, pending, acknowledged
    writer.settle(accounts(whole, rig.folder))
    for name, sql in {
        "a wrong count": "UPDATE counts SET count = count + 1 WHERE scope = ''",
        "an account that is missing from the search index":
            "INSERT INTO user_search (user_search, rowid, text)"
            " SELECT 'delete', key, search_name || char(10) || email || char(10) || char(10)"
            " FROM users ORDER BY key LIMIT 1",
        "an account in the search index that should wait":
            "INSERT INTO user_search (rowid, text) SELECT max(key) + 1, 'somebody' FROM users",
        "too few accounts in the search index":
            "UPDATE store_settings SET value = '0' WHERE name = 'indexed_to';"
            "INSERT INTO user_search (user_search) VALUES ('delete-all')",
        "a record with a flipped bit": "UPDATE users SET record = flipped(record)",
        "the record of another account":
            "UPDATE users SET record = (SELECT record FROM users ORDER BY key DESC LIMIT 1)",
        "a column beside the record": "UPDATE users SET organization_id = 'zeta'",
        "an email of two accounts":
            "DROP INDEX users_email; UPDATE users SET email = 'owner@example.org'",
        "a row without an index entry":
            "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = sql || ' WHERE flags > 4096'"
            " WHERE name = 'users_updated'",
    }.items():
        copy = copied(whole, rig.folder)
        damage.database(copy, sql)
        expect_failure(lambda: inspect(copy), name)


def written_bytes(log):
    """The bytes up to the last frame of the log's present turn; the file may have room for more.
    Each frame begins with eight bytes of its own and the two salts of the log's header."""
    content = bytes_of(log)
    frame_bytes = 24 + 4096
    end = 32
    while content[end + 8:end + 16] == content[16:24]:
        end += frame_bytes
    return end


@test
def a_feed_that_lacks_an_event_or_has_one_too_many_is_noticed(rig):
    """The control of the check of the feed: each of these defects must be noticed."""
    store = rig.store()
    writers = [Writer("w0", random.Random(5)), Writer("w1", random.Random(6))]
    feed = Feed(rig, store)
    for writer in writers:
        writer.start(rig.serve(store), chunk_max=3)
    # Enough writes that some were answered before others were sent.
    writes = 5 * Writer.waiting_max
    wait_for(lambda: all(w.acknowledged >= writes for w in writers), 30, f"{writes} writes")
    for writer in writers:
        writer.server.kill()
        writer.stop()
    told = named(feed_of(store, after=1))
    check_feed(told, writers)
    feed.follow(told)

    at = next(
        n for n, e in enumerate(told)
        if n > 100 and e["type"] == "user_created" and not e["is_redacted"])
    own = [at + n for n, e in enumerate(told[at:]) if e["email"][:3] == told[at]["email"][:3]]
    swapped = list(told)
    swapped[at], swapped[own[1]] = told[own[1]], told[at]
    rivals = sorted(told, key=lambda e: e["email"][:3])
    for name, changed in {
        "a missing event": told[:at] + told[at + 1:],
        "missing latest events": told[:at],
        "a duplicate event": told[:at] + told[at:at + 1] + told[at:],
        "two swapped events": swapped,
        "all events of one process before those of the other": rivals,
        "an event of a wrong type":
            told[:at] + [{**told[at], "type": "token_created"}] + told[at + 1:],
        "an event of wrong changes": told[:at] + [{**told[at], "changes": "{}"}] + told[at + 1:],
    }.items():
        expect_failure(lambda: check_feed(changed, writers), name)
    for name, heard in {
        "a subscriber that misses an event": feed.heard[:at] + feed.heard[at + 1:],
        "a subscriber that receives an event twice": feed.heard[:at + 1] + feed.heard[at:],
    }.items():
        feed.heard = heard
        expect_failure(lambda: feed.follow([], seconds=0.1), name)
    for name, sql in {
        "a creation with a flipped bit":
            f"UPDATE events SET changes = flipped({CREATION}) WHERE seq = {told[at]['seq']}",
        "an event that lost its changes":
            "UPDATE events SET changes = NULL"
            " WHERE seq = (SELECT max(seq) FROM events WHERE type = 2)",
        "an event of an unknown type": f"UPDATE events SET type = 12 WHERE seq = {at}",
        "a gap in the numbers": f"DELETE FROM events WHERE seq = {at}",
        "a time that goes back": f"UPDATE events SET at = at - 100000 WHERE seq = {at}",
    }.items():
        copy = copied(store, rig.folder)
        damage.database(copy, sql)
        expect_failure(lambda: feed_of(copy), name)
