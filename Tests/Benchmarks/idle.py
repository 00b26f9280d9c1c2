"""Rows of subscribers: what they cost while nothing happens, and how soon they are told."""

import contextlib
import json
import pathlib
import random
import select
import statistics
import subprocess
import time

import dataset
import stores
from build import Missing, note
from plan import Plan
from sides import FILE
from table import Row, Target

SUBSCRIBERS = (1, 50)
USERS = 1_000
#: After this, a server has released what it keeps between requests.
SETTLE_SECONDS = 2
DELIVERY_MILLISECONDS_MAX = 20
DELIVERY_SECONDS_MAX = 10
PAUSE_SECONDS_MAX = 0.15


def plans(session):
    wakes = [Row(f"wakes a second, {count} subscriber{'s' if count > 1 else ''} with nothing to "
                 "tell, each", "/s", [Target(FILE, None, 0, unit="/s")]) for count in SUBSCRIBERS]
    told = [Row("told of another process's commit: median", "ms", []),
            Row("told of another process's commit: slowest", "ms", combine=max, targets=[
                Target(FILE, None, DELIVERY_MILLISECONDS_MAX, unit=" ms")])]

    def fill():
        note("measuring subscribers")
        for roster in session.rosters:
            users = stores.write_short_users(session.folder, USERS)
            store = stores.RosterFile.init(roster, session.folder / "subscribed")
            store.import_users(users, USERS)
            for row, count in zip(wakes, SUBSCRIBERS):
                row.add(roster.file, wakes_a_second(store, count, session.amounts.idle_seconds))
            delays = deliveries(store, session.amounts.deliveries)
            told[0].add(roster.file, statistics.median(delays))
            told[1].add(roster.file, max(delays))

    if session.roster:
        yield Plan([*wakes, *told], fill)


class Subscriber:
    """A server on a store, spoken to line by line."""

    def __init__(self, store):
        self.process = subprocess.Popen(
            store.side.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def ask(self, method, params):
        self.process.stdin.write(dataset.request(1, method, params).encode() + b"\n")
        reply = self.read_line()
        if "result" not in reply:
            raise Missing(f"{method} was answered with {reply}")

    def read_line(self):
        """One line, which comes soon. The stream is unbuffered, so that select sees all of it."""
        line = b""
        while not line.endswith(b"\n"):
            if not select.select([self.process.stdout], [], [], DELIVERY_SECONDS_MAX)[0]:
                raise Missing(f"no line from a subscriber in {DELIVERY_SECONDS_MAX} s")
            chunk = self.process.stdout.read(1 << 16)
            if not chunk:
                raise Missing("a subscriber has ended")
            line += chunk
        return json.loads(line)

    def wakes(self):
        """How often its threads have begun to wait since its start."""
        total = 0
        for status in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/status"):
            for line in status.read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches:"):
                    total += int(line.split()[1])
        return total


def wakes_a_second(store, count, seconds):
    with contextlib.ExitStack() as stack:
        subscribers = [stack.enter_context(Subscriber(store)) for _ in range(count)]
        for subscriber in subscribers:
            subscriber.ask("users.subscribe", {})
        time.sleep(SETTLE_SECONDS)
        before = sum(subscriber.wakes() for subscriber in subscribers)
        time.sleep(seconds)
        after = sum(subscriber.wakes() for subscriber in subscribers)
    return (after - before) / seconds / count


def deliveries(store, count):
    """Milliseconds from the reply to a create until a subscriber in another process is told."""
    delays = []
    users = map(dataset.short, dataset.users(count, "told"))
    chance = random.Random(dataset.SEED)
    with Subscriber(store) as subscriber, Subscriber(store) as writer:
        subscriber.ask("users.subscribe", {})
        for user in users:
            # At random moments, since a subscriber may look at regular intervals.
            time.sleep(chance.random() * PAUSE_SECONDS_MAX)
            writer.ask("users.create", user)
            begin = time.monotonic()
            event = subscriber.read_line()
            delays.append((time.monotonic() - begin) * 1e3)
            if event.get("method") != "users.event":
                raise Missing(f"a subscriber was told {event}")
    return delays
