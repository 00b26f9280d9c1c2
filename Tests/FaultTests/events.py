"""A subscriber in another process gets every change once, in order and soon."""

import contextlib
import os
import random
import resource
import signal
import statistics
import threading
import time

from rig import OWNER, check, expect_failure, request, test, wait_for

LATENCY_MS_MAX = 50
MANY = 6000


class Feed:
    """The events that a subscribed server sends, and when they arrived."""

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
        """Checks that the events are in order and have no gaps."""
        seqs = self.seqs()
        first = (self.start if first is None else first) + 1
        wanted = list(range(first, first + len(seqs)))
        wrong = [(s, w) for s, w in zip(seqs, wanted) if s != w][:1]
        check(not wrong, f"an event that was sent, and the one that was expected: {wrong}")


@test
def a_subscriber_sees_each_change_of_another_process_once_in_order_and_soon(rig):
    """The subscriber's process is idle, at times long enough to end its read transaction; then it
    reads all the time; then it writes."""
    return soon(rig, {
        50: None,
        25: lambda reader, at: reader.result("users.list", limit=100),
        26: lambda reader, at: reader.result(
            "users.update", user_id=OWNER, job_title=f"job {at}"),
    })


@test
def a_subscriber_is_told_by_a_process_without_file_descriptors(rig):
    store = rig.store()
    writer, reader = rig.serve(store), rig.serve(store)
    writer.result("users.create", email="first@example.org", name="F", org_id="acme")
    feed = Feed(reader)
    pid = writer.process.pid
    used = max(int(name) for name in os.listdir(f"/proc/{pid}/fd"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 1, used + 1))
    for at in range(3):
        writer.result("users.create", email=f"n{at}@example.org", name="N", org_id="acme")
        wait_for(lambda: len(feed.events) == at + 1, 1, "the event")
    feed.check_whole()


@test
def a_subscriber_that_is_stopped_now_and_then_is_seen_to_be_late(rig):
    """A control: a subscriber that is stopped now and then must be late."""
    def stop(reader, at):
        reader.process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        reader.process.send_signal(signal.SIGCONT)
        time.sleep(0.05)
    return expect_failure(lambda: soon(rig, {20: stop}), "late events pass as being in time")


def soon(rig, phases):
    """Makes as many changes as each phase says, while the subscriber's process does the phase's
    work."""
    store = rig.store()
    writer, reader = rig.serve(store), rig.serve(store)
    feed = Feed(reader)
    acknowledged = {}
    dice = random.Random(1)
    for count, work in phases.items():
        with busy(work, reader):
            for at in range(count):
                email = f"u{len(acknowledged)}@example.org"
                reply = writer.create(email)
                check("result" in reply, f"a create was refused: {reply}")
                acknowledged[email] = time.monotonic()
                time.sleep(1.1 if at % 12 == 11 and not work else dice.uniform(0, 0.04))
    due = len(acknowledged)
    made = lambda: [event for event in feed.events if event["type"] == "user_created"]
    wait_for(lambda: len(made()) >= due, 5, f"the notification of {due} changes")
    check(writer.close() == 0 and reader.close() == 0, "a server failed")
    feed.check_whole()
    check([event["email"] for event in made()] == list(acknowledged), "events are out of order")
    # Measured from the acknowledgement, which comes slightly after the commit.
    delays = sorted(
        max(0, feed.times[event["seq"]] - acknowledged[event["email"]]) * 1000
        for event in made())
    most = delays[due * 95 // 100 - 1]
    note = (
        f"notified after {statistics.median(delays):.0f} ms at the median,"
        f" 95 % within {most:.0f} ms, the last after {delays[-1]:.0f} ms")
    check(most < LATENCY_MS_MAX, f"notifications are late: {note}")
    return f"{note}; {len(feed.events) - due} changes by the subscriber's process"


@contextlib.contextmanager
def busy(work, reader):
    """Repeats `work` in another thread."""
    done = threading.Event()

    def bother():
        at = 0
        while not done.is_set():
            work(reader, at)
            at += 1

    thread = threading.Thread(target=bother, daemon=True)
    if work:
        thread.start()
    try:
        yield
    finally:
        done.set()
        if work:
            thread.join(10)


@test
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
        # Subscribers are told at once, so the kill comes among the writes, or after the last.
        deadly = dice.randrange(0, count + 10, 10)
        for at in range(0, count, 10):
            writer.write("\n".join(lines[at:at + 10]) + "\n")
            time.sleep(dice.uniform(0, 0.005))
            if at == deadly:
                reader.kill()
        if deadly >= count:
            reader.kill()
        feed.check_whole(last)
        told += feed.events
        last = feed.last()
        early += last <= (round + 1) * count
    total = rounds * count
    reader = rig.serve(store)
    feed = Feed(reader, last)
    wait_for(lambda: len(told) + len(feed.events) >= total, 10, "the notification of the rest")
    feed.check_whole(last)
    told += feed.events
    check(writer.close() == 0 and reader.close() == 0, "a server failed")
    check(
        [event["seq"] for event in told] == list(range(2, total + 2)),
        "an event is missing or was sent twice")
    check(len({event["email"] for event in told}) == total, "two events have the same email")
    check(early > 0, "no kill came before all events were sent")
    return f"{rounds} kills, {early} before all events were sent; {total} events"


@test
def a_subscriber_that_does_not_read_for_a_while_is_told_all_of_it(rig):
    store = rig.store()
    writer, reader = rig.serve(store), rig.serve(store)
    feed = Feed(reader)
    reader.paused.clear()
    # The rig's reader is blocked in a read; one more reply ends that.
    reader.send("server.info")
    time.sleep(0.2)
    for start in range(0, MANY, 500):
        lines = [
            request(at, "users.create",
                    {"email": f"u{at}@example.org", "name": "A" * 100, "org_id": "acme"})
            for at in range(start, start + 500)]
        writer.write("\n".join(lines) + "\n")
        check(all(writer.wait(at) for at in range(start, start + 500)), "no reply to a create")
    time.sleep(0.6)
    held = reader.memory_kib()
    read = len(feed.events)
    check(read < MANY / 2, f"{read} events were read although the client does not read")
    reader.paused.set()
    wait_for(lambda: len(feed.events) >= MANY, 20, "the notification of the rest")
    feed.check_whole()
    check(len(feed.events) == MANY, f"{len(feed.events)} events")
    check(writer.close() == 0 and reader.close() == 0, "a server failed")
    return f"{MANY - read} events waited, the server held {held / 1024:.0f} MiB at most"


@test
def events_that_are_lost_twice_or_swapped_are_noticed(rig):
    """A control: each of these defects must be noticed."""
    store = rig.store()
    server = rig.serve(store)
    feed = Feed(rig.serve(store))
    for at in range(20):
        server.create(f"u{at}@example.org")
    wait_for(lambda: len(feed.events) == 20, 5, "the notification")
    whole = list(feed.events)
    for problem, events in {
        "an event is missing": whole[:5] + whole[6:],
        "an event is duplicated": whole[:5] + whole[4:],
        "two events are swapped": whole[:3] + [whole[4], whole[3]] + whole[5:],
    }.items():
        feed.events = events
        expect_failure(feed.check_whole, problem)
