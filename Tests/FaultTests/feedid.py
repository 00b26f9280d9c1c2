"""A feed has an id, so that no consumer continues in another feed without noticing."""

import random
import threading
import time

from restore import back_up, restore
from rig import (
    OWNER, HeaderServer, Server, check, expect_failure, problem, remove_store, request, test,
    wait_for)

CHANGED = ("conflict", "feed_changed")
ENDED = "users.subscription_ended"
TOLD_SECONDS = 0.6
RESTORES = 15


class Listener(Server):
    """A server whose notifications are all kept, in order."""

    def __init__(self, words, env):
        self.heard = []
        super().__init__(words, env)
        self.on_reply = lambda reply: "id" not in reply and self.heard.append(reply)

    def emails(self):
        return [told["params"]["email"] for told in self.heard if told["method"] == "users.event"]

    def ends(self):
        return [told["params"] for told in self.heard if told["method"] == ENDED]


class HeaderListener(Listener):
    split, frame = staticmethod(HeaderServer.split), staticmethod(HeaderServer.frame)


def fill(server, name, count):
    for at in range(count):
        reply = server.create(f"{name}-{at}@example.org")
        check("result" in reply, f"a create was refused: {reply}")


def feed_of(server):
    """The feed's id by both methods, which must agree."""
    page = server.result("users.events", limit=1)
    start = server.result("users.subscribe")
    server.result("users.unsubscribe")
    check(
        page.get("feed_id") and page["feed_id"] == start.get("feed_id"),
        f"the feed's id is in {page} and in {start}")
    return page["feed_id"]


@test
def every_process_on_a_store_and_none_on_another_tells_the_same_feed(rig):
    store = rig.store()
    servers = [rig.serve(store) for _ in range(2)]
    fill(servers[0], "u", 3)
    feeds = {"the store": feed_of(servers[0])}
    check(feed_of(servers[1]) == feeds["the store"], "two processes report different feeds")
    check(feed_of(rig.serve(store)) == feeds["the store"], "a new process reports another feed")
    feeds["another store"] = feed_of(rig.serve(rig.store("other.db")))
    for name in ("a backup", "a second backup"):
        back_up(rig, store, rig.path(name + ".db"))
        # Serves another backup, because a backup that was served is no longer one.
        back_up(rig, store, rig.path("served.db"))
        feeds[name] = feed_of(rig.serve(rig.path("served.db")))
        (rig.servers[-1]).close()
        remove_store(rig.path("served.db"))
    feeds["a backup that is served"] = feed_of(rig.serve(rig.path("a backup.db")))
    for name in ("once", "twice"):
        restore(rig, rig.path("a second backup.db"), store)
        feeds["restored " + name] = feed_of(servers[0])
        check(feed_of(servers[1]) == feed_of(servers[0]), "they differ after a restore")
    for name in ("memory", "memory again"):
        server = Server([rig.roster, "serve", "--store", "memory", "--as", OWNER], {})
        rig.servers.append(server)
        feeds[name] = feed_of(server)
    check(len(set(feeds.values())) == len(feeds), f"some feeds share an id: {feeds}")
    check(all(type(feed) is str for feed in feeds.values()), f"{feeds}")
    return f"{len(feeds)} feeds, as {feeds['the store']}"


@test
def a_place_that_the_feed_has_not_is_refused_with_a_hint(rig):
    store = rig.store()
    server = rig.serve(store)
    fill(server, "u", 4)
    feed = feed_of(server)
    other = feed_of(rig.serve(rig.store("other.db")))
    due = {
        "the latest": ({"after": 5}, None),
        "the beginning": ({"after": 0}, None),
        "none": ({}, None),
        "its own feed": ({"after": 5, "feed_id": feed}, None),
        "its own feed and no place": ({"feed_id": feed}, None),
        "no feed": ({"after": 2, "feed_id": None}, None),
        "beyond the latest": ({"after": 6}, CHANGED),
        "far beyond it": ({"after": 2**53 - 1}, CHANGED),
        "beyond the latest of its own feed": ({"after": 6, "feed_id": feed}, CHANGED),
        "another feed": ({"after": 2, "feed_id": other}, CHANGED),
        "another feed and no place": ({"feed_id": other}, CHANGED),
        "the beginning of another feed": ({"after": 0, "feed_id": other}, CHANGED),
    }
    problems = []
    for name, (params, wanted) in due.items():
        for method in ("users.events", "users.subscribe"):
            reply = server.call(method, **params)
            server.call("users.unsubscribe")
            data = reply.get("error", {}).get("data", {})
            if problem(reply) != wanted or wanted and not data.get("hint"):
                problems.append(f"{method}, {name}: {reply}")
            if wanted and reply["error"]["code"] != 409:
                problems.append(f"{method}, {name}: {reply}")
    for method, params in {
        "users.events": [5, None, None, None, other], "users.subscribe": [5, None, other],
    }.items():
        server.write(request(f"by position {method}", method, params) + "\n")
        reply = server.wait(f"by position {method}")
        if problem(reply) != CHANGED:
            problems.append(f"{method} by position: {reply}")
    for wrong in (5, True, [], {}, ""):
        reply = server.call("users.events", feed_id=wrong)
        if reply.get("error", {}).get("code") not in (-32602, 409):
            problems.append(f"feed_id {wrong!r}: {reply}")
    check(not problems, f"{len(problems)}: " + " | ".join(problems[:6]))


@test
def a_consumer_of_a_store_that_is_restored_to_an_earlier_place_is_told_so(rig):
    """The consumer has read up to event 9; after the restore the store is at 4. The next five
    events have the same numbers as events that the consumer has already read."""
    store = rig.store()
    consumer, writer = rig.serve(store), rig.serve(store)
    fill(writer, "early", 3)
    back_up(rig, store, rig.path("backup.db"))
    fill(writer, "lost", 5)
    page = consumer.result("users.events", after=0)
    check(page["next"] == 9, f"the page is {page}")
    restore(rig, rig.path("backup.db"), store)
    for server in (consumer, rig.serve(store)):
        for method in ("users.events", "users.subscribe"):
            reply = server.call(method, after=9)
            check(problem(reply) == CHANGED, f"{method} after the latest event: {reply}")
    fill(writer, "new", 5)
    for server in (consumer, rig.serve(store)):
        for method in ("users.events", "users.subscribe"):
            reply = server.call(method, after=9, feed_id=page["feed_id"])
            check(problem(reply) == CHANGED, f"{method} with the former feed_id: {reply}")
    emails = [event["email"] for event in consumer.result("users.events", after=4)["events"]]
    check(emails == [f"new-{at}@example.org" for at in range(5)], f"the new feed has {emails}")


@test
def a_subscriber_is_told_that_its_feed_is_another_and_nothing_of_the_new_one(rig):
    for kind in (Listener, HeaderListener):
        for late, name in ((0, "an earlier place"), (20, "a later place")):
            store = rig.store(f"{kind.__name__}-{late}.db")
            subscriber, writer = rig.serve(store, kind=kind), rig.serve(store)
            fill(writer, "early", 3)
            backup = rig.path(f"{kind.__name__}-{late}-backup.db")
            if late:
                way = rig.path(f"{kind.__name__}-{late}-way.db")
                back_up(rig, store, way)
                server = rig.serve(way)
                fill(server, "way", late)
                check(server.close() == 0, server.complaint())
                back_up(rig, way, backup)
            else:
                back_up(rig, store, backup)
            start = subscriber.result("users.subscribe", after=0)
            fill(writer, "lost", 5)
            wait_for(lambda: len(subscriber.heard) == 9, 5, "the notification of nine events")
            restore(rig, backup, store)
            # The subscriber sends no request meanwhile.
            wait_for(lambda: subscriber.ends(), 2, f"the end of a subscription, {name}")
            fill(writer, "new", 7)
            time.sleep(TOLD_SECONDS)
            last = subscriber.heard[9:]
            check(
                [told["method"] for told in last] == [ENDED],
                f"{name}: after the restore it received {last}")
            feed = subscriber.result("users.events", limit=1)["feed_id"]
            check(
                last[0]["params"].get("reason") == "feed_changed"
                and last[0]["params"].get("feed_id") in (start["feed_id"], feed)
                and feed != start["feed_id"], f"it received {last}, the feed is now {feed}")
            reply = subscriber.call("users.subscribe", after=9, feed_id=start["feed_id"])
            check(problem(reply) == CHANGED, f"it can continue after the last event: {reply}")
            del subscriber.heard[:]
            check(subscriber.result("users.subscribe", after=4)["feed_id"] == feed, "another feed")
            wait_for(
                lambda: len(subscriber.heard) >= late + 7, 5, "the notifications of the new feed")
            emails = [f"way-{at}@example.org" for at in range(late)]
            emails += [f"new-{at}@example.org" for at in range(7)]
            check(subscriber.emails() == emails, f"{name}: it received {subscriber.emails()}")
            check(subscriber.close() == 0, subscriber.complaint())
        rig.servers.clear()


@test
def a_subscriber_that_loses_its_right_for_a_while_goes_on_or_is_told_that_it_ended(rig):
    store = rig.store()
    owner = rig.serve(store)
    notes = []
    for name, (taken, given) in {
        "blocked": ({"is_blocked": True}, {"is_blocked": False}),
        "disabled": ({"is_active": False}, {"is_active": True}),
        "demoted": ({"roles": ["member"]}, {"roles": ["admin"]}),
    }.items():
        email = name + "@example.org"
        check("result" in owner.create(email, roles=["admin"]), "a create was refused")
        listener = rig.serve(store, caller=email, kind=Listener)
        start = listener.result("users.subscribe")["after"]
        fill(owner, name + "-before", 2)
        wait_for(lambda: len(listener.heard) == 2, 5, "the notification of two events")
        owner.result("users.update", user_id=email, **taken)
        fill(owner, name + "-meanwhile", 2)
        time.sleep(TOLD_SECONDS)
        check(listener.emails()[2:] == [], f"{name}: it received {listener.emails()[2:]}")
        owner.result("users.update", user_id=email, **given)
        fill(owner, name + "-after", 2)
        time.sleep(TOLD_SECONDS)
        seqs = [t["params"]["seq"] for t in listener.heard if t["method"] == "users.event"]
        ended = [told["method"] for told in listener.heard][-1] == ENDED
        check(len(listener.ends()) <= 1, f"{name}: it received {listener.heard}")
        # Two events before, one for the withdrawal, two meanwhile, one for the return, two after.
        due = list(range(start + 1, start + 1 + (2 if ended else 8)))
        check(seqs == due, f"{name}: of events {due} it received {seqs}, ends {listener.ends()}")
        check("result" in listener.call("users.count"), f"{name}: its requests are refused")
        notes.append(f"{name}: {'subscription ended' if ended else 'went on'}")
    return ", ".join(notes)


# --- A consumer that keeps a copy -----------------------------------------------------------------


class Copy:
    """The emails of all accounts, kept by a consumer that reads them again when its subscription
    ends."""

    def __init__(self, server):
        self.server, self.heeds = server, True
        self.begin()

    def begin(self):
        """Subscribes before it reads. Events between the two come twice, which is harmless."""
        del self.server.heard[:]
        self.restarts = getattr(self, "restarts", -1) + 1
        self.server.result("users.subscribe")
        users = self.server.result("users.list", limit=1000, fields=["email"])["users"]
        self.emails = {user["email"] for user in users}
        self.taken = 0

    def take(self):
        while self.taken < len(self.server.heard):
            told = self.server.heard[self.taken]
            self.taken += 1
            if told["method"] == ENDED:
                if self.heeds:
                    return self.begin()
            elif told["params"]["type"] == "user_created":
                self.emails.add(told["params"]["email"])
            elif told["params"]["type"] == "user_deleted":
                self.emails.discard(told["params"]["email"])


@test
def a_consumer_that_reads_again_when_it_is_told_to_ends_with_the_same_accounts(rig):
    copy = consume(rig, True)
    # Two restores in a row may cause a single notification.
    check(copy.restarts >= RESTORES // 2, f"it read again {copy.restarts} times")
    return f"{copy.restarts} notifications of another feed, {len(copy.emails)} accounts at the end"


@test
def a_consumer_that_does_not_read_again_is_seen_to_differ(rig):
    """A control: a consumer that ignores the end of its subscription must have other accounts."""
    note = expect_failure(lambda: consume(rig, False), "a consumer that ignores the end passes")
    check(note.startswith("the copy has"), note)
    return note


def consume(rig, heeds):
    store = rig.store()
    writer = rig.serve(store)
    fill(writer, "early", 5)
    back_up(rig, store, rig.path("backup.db"))
    copy = Copy(rig.serve(store, kind=Listener))
    copy.heeds = heeds
    dice, done, problems = random.Random(9), threading.Event(), []

    def write():
        at = 0
        while not done.is_set():
            at += 1
            reply = writer.wait(writer.send(
                "users.create", email=f"w-{at}@example.org", name="W", org_id="acme"))
            if "result" not in (reply or {}):
                problems.append(reply)
            if at % 3 == 0:
                writer.wait(writer.send("users.delete", user_id=f"w-{at - 1}@example.org"))
            time.sleep(0.003)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        for round in range(RESTORES):
            until = time.monotonic() + dice.uniform(0.05, 0.4)
            while time.monotonic() < until:
                copy.take()
                time.sleep(0.005)
            restore(rig, rig.path("backup.db"), store)
    finally:
        done.set()
        thread.join(10)
    time.sleep(TOLD_SECONDS)
    copy.take()
    copy.take()
    check(not problems, f"a write was refused: {problems[:1]}")
    users = writer.result("users.list", limit=1000, fields=["email"])["users"]
    due = {user["email"] for user in users}
    check(
        copy.emails == due,
        f"the copy has {len(copy.emails - due)} too many, and lacks {len(due - copy.emails)}")
    return copy
