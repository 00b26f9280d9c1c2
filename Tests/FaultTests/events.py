"""What a subscriber in another process is told: every change once, in order, soon."""

import random
import sqlite3
import statistics
import threading
import time

from crash import end as end_both
from rig import Failed, Writer, accounts, check, copied, expect_failure, inspect, request, wait_for

LATENCY_MS_MAX = 250
MANY = 6000


class Feed:
    """What a subscribed server tells, and when."""

    def __init__(self, server, after=None):
        self.events = []
        self.times = {}
        self.server = server
        server.on_reply = self.take
        params = {} if after is None else {"after": after}
        self.start = server.result("users.subscribe", **params)["after"]

    def take(self, reply):
        if isinstance(reply, dict) and reply.get("method") == "users.event":
            event = reply["params"]
            self.times.setdefault(event["seq"], time.monotonic())
            self.events.append(event)

    def seqs(self):
        return [event["seq"] for event in self.events]

    def last(self):
        return self.events[-1]["seq"] if self.events else self.start

    def check_whole(self, first=None):
        """In order, without gaps."""
        seqs = self.seqs()
        first = (self.start if first is None else first) + 1
        wanted = list(range(first, first + len(seqs)))
        wrong = [(s, w) for s, w in zip(seqs, wanted) if s != w][:1]
        check(not wrong, f"an event that was told, and the one that was due: {wrong}")


def a_subscriber_sees_each_change_of_another_process_once_in_order_and_soon(rig):
    store = rig.store()
    writer, reader = rig.serve(store), rig.serve(store)
    feed = Feed(reader)
    acknowledged = {}
    done = threading.Event()

    def change(at):
        reply = writer.create(f"u{at}@example.org")
        check("result" in reply, f"a create was refused: {reply}")
        acknowledged[f"u{at}@example.org"] = time.monotonic()

    # The other is idle for a while, and long enough to rest, then busy with requests of its own.
    dice = random.Random(1)
    for at in range(50):
        change(at)
        time.sleep(1.1 if at % 12 == 11 else dice.uniform(0, 0.04))

    def bother():
        while not done.is_set():
            reader.result("users.list", limit=100)

    busy = threading.Thread(target=bother, daemon=True)
    busy.start()
    for at in range(50, 100):
        change(at)
        time.sleep(dice.uniform(0, 0.04))
    wait_for(lambda: len(feed.events) >= 100, 5, "the telling of 100 changes")
    done.set()
    busy.join(10)
    check(writer.close() == 0 and reader.close() == 0, "a server failed")
    feed.check_whole()
    check(
        [event["email"] for event in feed.events] == list(acknowledged), "events are out of order")
    # Behind the acknowledgement: the commit is a little before it.
    delays = sorted(
        max(0, feed.times[event["seq"]] - acknowledged[event["email"]]) * 1000
        for event in feed.events)
    check(delays[94] < LATENCY_MS_MAX, f"95 % of the changes were told within {delays[94]:.0f} ms")
    return (
        f"told after {statistics.median(delays):.0f} ms at the median,"
        f" 95 % within {delays[94]:.0f} ms, the last after {delays[-1]:.0f} ms")


def a_subscriber_that_is_killed_and_resumed_misses_nothing(rig):
    store = rig.store()
    writer = rig.serve(store)
    dice = random.Random(2)
    told, last, early, rounds, count = [], 1, 0, 20, 100
    for round in range(rounds):
        reader = rig.serve(store)
        feed = Feed(reader, last)
        lines = [
            request(f"c{round}-{at}", "users.create",
                    {"email": f"u{round}-{at}@example.org", "name": "A", "org_id": "acme"})
            for at in range(count)]
        for at in range(0, count, 10):
            writer.write("\n".join(lines[at:at + 10]) + "\n")
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.08))
        reader.kill()
        feed.check_whole(last)
        told += feed.events
        last = feed.last()
        early += last <= (round + 1) * count
    total = rounds * count
    reader = rig.serve(store)
    feed = Feed(reader, last)
    wait_for(lambda: len(told) + len(feed.events) >= total, 10, "the telling of the rest")
    feed.check_whole(last)
    told += feed.events
    check(writer.close() == 0 and reader.close() == 0, "a server failed")
    check(
        [event["seq"] for event in told] == list(range(2, total + 2)),
        "an event is missing or was told twice")
    check(len({event["email"] for event in told}) == total, "emails are there twice")
    check(early > 0, "no kill came before all was told")
    return f"{rounds} kills, {early} before all was told; {total} events"


def a_subscriber_that_does_not_read_for_a_while_is_told_all_of_it(rig):
    store = rig.store()
    writer, reader = rig.serve(store), rig.serve(store)
    feed = Feed(reader)
    reader.paused.clear()
    # Its reader is in a read that one more reply ends.
    reader.send("server.info")
    time.sleep(0.2)
    for start in range(0, MANY, 500):
        lines = [
            request(at, "users.create",
                    {"email": f"u{at}@example.org", "name": "A" * 100, "org_id": "acme"})
            for at in range(start, start + 500)]
        writer.write("\n".join(lines) + "\n")
        check(all(writer.wait(at) for at in range(start, start + 500)), "no answer to a create")
    time.sleep(0.6)
    held = reader.memory_kib()
    read = len(feed.events)
    check(read < MANY / 2, f"{read} events were read though nobody reads")
    reader.paused.set()
    wait_for(lambda: len(feed.events) >= MANY, 20, "the telling of the rest")
    feed.check_whole()
    check(len(feed.events) == MANY, f"{len(feed.events)} events")
    check(writer.close() == 0 and reader.close() == 0, "a server failed")
    return f"{MANY - read} events waited, the server held {held / 1024:.0f} MiB at most"


# --- Kills of writing processes -----------------------------------------------------------------


def after_kills_each_event_has_its_effect_and_each_effect_its_event(rig):
    dice = random.Random(5)
    store = rig.store()
    writers = [Writer("w0", random.Random(20)), Writer("w1", random.Random(21))]
    reader = rig.serve(store)
    feed = Feed(reader, 0)
    kills, count = 0, 0
    for cycle in range(25):
        servers = [rig.serve(store), rig.serve(store)]
        for writer, server in zip(writers, servers):
            writer.start(server, chunk_max=3 if cycle % 3 == 0 else 40)
        time.sleep(dice.uniform(0, 0.12))
        kills += end_both(writers, servers, dice)
        # Not a copy: to a commit that is whole in the log, but that its writer was killed before
        # telling in the shared memory, only a recovery would say yes. While the subscriber lives
        # there is none, and the next commit takes its place.
        found = inspect(store)
        for writer in writers:
            writer.settle(found)
        count = check_history(store, found)
    wait_for(lambda: len(feed.events) >= count, 5, "the telling of the rest")
    feed.check_whole()
    check(len(feed.events) == count, f"{len(feed.events)} events were told, {count} are there")
    check(reader.close() == 0, reader.complaint())
    base = sqlite3.connect(copied(store, rig.folder))
    base.execute("DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)")
    base.commit()
    base.close()
    expect_failure(
        lambda: check_history(rig.path("copy.db"), found), "the last event may be missing")
    return f"{kills} kills, {count} events"


def check_history(path, found):
    """The events from the first on lead to exactly the accounts that are there; `found` is checked
    against what was acknowledged."""
    base = sqlite3.connect(path)
    events = base.execute(
        "SELECT seq, type, user_key, email, changes FROM events ORDER BY seq").fetchall()
    users = dict(base.execute("SELECT key, version FROM users NOT INDEXED"))
    base.close()
    check(
        [event[0] for event in events] == list(range(1, len(events) + 1)),
        "the events are not numbered from 1 on")
    versions = {}
    for seq, type, key, email, changes in events:
        if type == "user_created":
            check(key not in versions, f"event {seq} creates an account again")
            versions[key] = 1
        elif type == "user_updated":
            check(key in versions, f"event {seq} is about an account that is not there")
            versions[key] += 1
        elif type == "user_deleted":
            check(key in versions, f"event {seq} deletes an account that is not there")
            del versions[key]
        else:
            raise Failed(f"event {seq} is {type}")
    wrong = [key for key in versions.keys() | users.keys() if versions.get(key) != users.get(key)]
    check(not wrong, f"{len(wrong)} accounts are not what their events say")
    check(len(users) == len(found), "some accounts have the same email")
    return len(events)


def events_that_are_lost_twice_or_late_are_noticed(rig):
    """The control."""
    store = rig.store()
    server = rig.serve(store)
    feed = Feed(rig.serve(store))
    for at in range(20):
        server.create(f"u{at}@example.org")
    wait_for(lambda: len(feed.events) == 20, 5, "the telling")
    whole = list(feed.events)
    for problem, events in {
        "an event is missing": whole[:5] + whole[6:],
        "an event is there twice": whole[:5] + whole[4:],
        "two events are swapped": whole[:3] + [whole[4], whole[3]] + whole[5:],
    }.items():
        feed.events = events
        expect_failure(feed.check_whole, problem)
    path = copied(store, rig.folder)
    found = accounts(store, rig.folder)
    check_history(path, found)
    for problem, sql in {
        "an effect has no event": "DELETE FROM events WHERE seq = 21",
        "an event has no effect": "DELETE FROM users WHERE email LIKE 'u7@%'",
        "a change has no event": "UPDATE users SET version = 2 WHERE email LIKE 'u7@%'",
    }.items():
        path = copied(store, rig.folder)
        base = sqlite3.connect(path)
        base.execute(sql)
        base.commit()
        base.close()
        expect_failure(lambda: check_history(path, found), problem)


TESTS = (
    a_subscriber_sees_each_change_of_another_process_once_in_order_and_soon,
    a_subscriber_that_is_killed_and_resumed_misses_nothing,
    a_subscriber_that_does_not_read_for_a_while_is_told_all_of_it,
    after_kills_each_event_has_its_effect_and_each_effect_its_event,
    events_that_are_lost_twice_or_late_are_noticed,
)
