"""What the feed keeps and what it discards: small events, pruning, and the traces of an account
that was deleted permanently."""

import datetime
import json
import os
import time

from rig import ORGANIZATION, bytes_of, check, expect_failure, problem, read_only, request, test
from strangers import (
    BULK_WAIT_MS_MAX, PEOPLE, WAIT_MS_MAX, Stranger, bulk, creates, large_store, serving, watch_all)

EVENT_BYTES_MAX = 1 << 10
POLLS = 1000
HISTORY = 20_000
ANSWERS = 30
FIRST_POLLS = 20
POLL_SHARE_MAX = 1 / 20
FIRST_NAME, LAST_NAME = "Xylophia", "Quokkamöhl"
NAME = f"{FIRST_NAME} {LAST_NAME}"
EMAIL, FORMER_EMAIL = "zqxv.kwyjibo@forget.example", "vbnq.hapax@former.example"
FAR = "2100-01-01T00:00:00Z"


# --- Reading --------------------------------------------------------------------------------------


@test
def a_quiet_feed_is_read_past_what_others_did(rig):
    store, _ = large_store(rig)
    server = rig.serve(store, options=("--org", "quiet"))
    server.result("users.create", email="quiet@example.org", name="Q", org_id="quiet")
    rig.serve(store).result("users.update", user_id="user1@example.org", job_title="last")
    base = read_only(store)
    latest = base.execute("SELECT max(seq) FROM events").fetchone()[0]
    base.close()
    for params in ({}, {"types": ["user_restored"]}, {"user_id": "quiet@example.org"}):
        page = server.result("users.events", after=0, **params)
        check(page["next"] == latest and not page["has_more"], f"{params}: {page} of {latest}")
    first = seconds_of(server, FIRST_POLLS, after=0)
    poll = seconds_of(server, POLLS, after=latest)
    check(
        poll < first * POLL_SHARE_MAX,
        f"a poll takes {poll * 1e6:.0f} µs, a first one {first * 1e6:.0f} µs")
    return f"a first poll {first * 1000:.1f} ms, each further one {poll * 1e6:.0f} µs"


def seconds_of(server, count, **params):
    began = time.monotonic()
    for _ in range(count):
        server.result("users.events", **params)
    return (time.monotonic() - began) / count


@test
def an_event_tells_the_keys_of_metadata_that_changed(rig):
    server = rig.serve(rig.store())
    many = {f"key{at}": "x" * 90 for at in range(150)}
    notes = []
    for name, before, patch, told in (
        ("a field", many, {"key7": "y" * 90}, "key7"),
        ("a new field", many, {"new": "y" * 90}, "new"),
        ("a removed field", many, {"key7": None}, "key7"),
        ("a field of an object", {"deep": many, "a": 1}, {"deep": {"key7": "y" * 90}}, "deep"),
        ("a deeply nested field", {"a": {"b": {"deep": many}}},
         {"a": {"b": {"deep": {"key7": "y" * 90}}}}, "a"),
    ):
        email = f"m{len(notes)}@example.org"
        server.result("users.create", email=email, name="M", org_id=ORGANIZATION, metadata=before)
        changed = server.result("users.update", user_id=email, metadata=patch)
        event = server.result("users.events", user_id=email)["events"][-1]
        check(event["user_id"] == changed["id"], f"{name}: the event is another account's")
        size, changes = len(json.dumps(event)), json.dumps(event["changes"].get("metadata"))
        check(size < EVENT_BYTES_MAX, f"{name}: an event of {size} bytes")
        check(told in changes, f"{name}: {told} is not in {changes}")
        check("key8" not in changes, f"{name}: an unchanged key is in the event: {changes}")
        notes.append(f"{name}: {size} bytes")
    return ", ".join(notes)


# --- Pruning --------------------------------------------------------------------------------------


@test
def old_events_are_let_go_and_numbers_go_on(rig):
    store = rig.store()
    server = rig.serve(store)
    for at in range(5):
        server.create(f"old{at}@example.org")
    server.result("users.events", after=0)
    time.sleep(0.02)
    at = now()
    time.sleep(0.02)
    for index in range(3):
        server.create(f"new{index}@example.org")
    prune(rig, store, at)
    kept = seqs(server)
    check(kept == [7, 8, 9], f"events {kept} were kept")
    check(all("result" in server.call("users.events", after=after) for after in (6, 7, 9)), "409")
    for after in (0, 3, 5):
        for method in ("users.events", "users.subscribe"):
            reply = server.call(method, after=after)
            check(problem(reply) == ("conflict", "feed_changed"), f"{method} {after}: {reply}")
            check(reply["error"]["data"].get("hint"), f"no hint in {reply}")
    prune(rig, store, at)
    check(seqs(server) == kept, "pruning again removes more events")
    prune(rig, store, FAR)
    check(seqs(server) == [9], f"other events than the latest are left: {seqs(server)}")
    server.create("last@example.org")
    check(seqs(server) == [9, 10], f"numbers do not continue: {seqs(server)}")
    check(server.close() == 0, server.complaint())
    for words in (("--before", "yesterday"), (), ("--before", "")):
        done = rig.run("events", "prune", *words, "--store", "file:" + store)
        check(done.returncode == 2 and done.stderr, f"{words}: {done}")
    done = rig.run("doctor", "--store", "file:" + store)
    check(done.returncode == 0, f"doctor: {done.stdout} {done.stderr}")
    check(rig.serve(store).result("users.count") == 10, "accounts are missing")


@test
def a_subscriber_is_told_all_while_events_are_let_go(rig):
    store = rig.store()
    server, other = rig.serve(store), rig.serve(store)
    server.result("users.subscribe")
    for round in range(5):
        for at in range(20):
            check("result" in other.create(f"u{round}-{at}@example.org"), "a create was refused")
        server.wait_told(1 + 20 * (round + 1))
        prune(rig, store, FAR)
    told = [event["seq"] for event in server.told]
    check(told == list(range(2, 102)), f"received {told}")


@test
def nobody_waits_while_much_is_let_go(rig):
    store, _ = large_store(rig)
    server = rig.serve(store)
    for start in range(0, HISTORY, 1000):
        ids = [server.send("users.update", user_id="user5@example.org", job_title=f"job {at}")
               for at in range(start, start + 1000)]
        check(all("result" in server.wait(id) for id in ids), "an update was refused")
    for at in range(ANSWERS):
        method, params = bulk([
            ("users.update", {"user_id": f"user{user}@example.org", "company": f"C {at}"})
            for user in range(10, 1000)])
        server.result(method, **params, idempotency_key=f"bulk {at}")
    check(server.close() == 0, server.complaint())
    delete = lambda email: serving(rig, store, [request(1, "users.delete", {"user_id": email})])
    cases = {
        f"deleting an account of {HISTORY} events": lambda: delete("user5@example.org"),
        f"deleting an account of {ANSWERS} long answers": lambda: delete("user11@example.org"),
        "deleting 100 such accounts": lambda: serving(rig, store, [
            request(at, "users.delete", {"user_id": f"user{at}@example.org"})
            for at in range(20, 120)]),
        f"letting {PEOPLE} events go": lambda: Stranger(rig, [
            "events", "prune", "--before", FAR, "--store", "file:" + store], [(0, None)]),
    }
    made = [f"many{at}@example.org" for at in range(1000)]
    method, params = bulk(creates(1000, "many"))
    server = rig.serve(store)
    server.result(method, **params, idempotency_key="many")
    bulks = {"deleting 1,000 that one bulk with a key has made": lambda: serving(
        rig, store, [request(1, *bulk([("users.delete", {"user_id": email}) for email in made]))])}
    notes = []
    for these, most in ((bulks, BULK_WAIT_MS_MAX), (cases, WAIT_MS_MAX)):
        note, strangers = watch_all(rig, store, these, most)
        for name, stranger in strangers.items():
            check(stranger.status == 0, f"{name}: {stranger.status} {bytes(stranger.output)[:300]}")
        notes.append(note)
    return ", ".join(notes)


def prune(rig, store, before):
    done = rig.run("events", "prune", "--before", before, "--store", "file:" + store)
    check(done.returncode == 0, f"prune: {done.stderr or done.stdout}")
    return done.stdout


def now():
    time = datetime.datetime.now(datetime.timezone.utc)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seqs(server):
    return [event["seq"] for event in server.result("users.events")["events"]]


# --- Deleting for good ----------------------------------------------------------------------------


@test
def what_an_account_was_called_is_gone_when_it_is_deleted_for_good(rig):
    store = rig.store()
    server = rig.serve(store)
    id, calls = live(server)
    delete = ("users.delete", {"user_id": EMAIL, "idempotency_key": "delete"})
    check(server.result(delete[0], **delete[1]) is True, "not deleted")
    check_feed(server, id)
    wrong = [
        problem for name, (method, params) in calls.items()
        for problem in problems_of(name, server.call(method, **params), id)]
    check(not wrong, f"results of repeated calls: {wrong}")
    # In a kept result about several accounts, the part about others stays.
    reply = server.call(calls["bulk"][0], **calls["bulk"][1])
    check("Other One" in json.dumps(reply), f"another account's part of a result is gone: {reply}")
    check(server.result(delete[0], **delete[1]) is True, "deleting, repeated, is refused")
    check(server.result("users.count") == 2, "a repeated call added an account")
    check(server.close() == 0, server.complaint())
    return check_files(store)


def live(server):
    """Makes the calls of an account's life, each with an idempotency key. Returns key → method and
    params."""
    calls = {}

    def call(key, method, params):
        calls[key] = (method, {**params, "idempotency_key": key})
        return server.result(method, **calls[key][1])

    other = {"email": "other@example.org", "name": "Other One", "org_id": ORGANIZATION}
    made = call("create", "users.create", {
        "email": FORMER_EMAIL, "name": NAME, "org_id": ORGANIZATION, "company": LAST_NAME,
        "metadata": {"nick": LAST_NAME}, "auto_groups": [LAST_NAME], "invite_mode": "email_link"})
    call("accept", "users.accept_invitation", {
        "token": made["one_time"]["invitation_token"], "password": "a right password",
        "name": f"{NAME} II"})
    call("update", "users.update", {
        "user_id": FORMER_EMAIL, "email": EMAIL, "username": FIRST_NAME})
    call("bulk", "users.bulk", {"operations": [
        {"method": method, "params": params} for method, params in (
            ("users.update", {"user_id": EMAIL, "job_title": LAST_NAME}),
            ("users.create", other),
            ("users.delete", {"user_id": EMAIL, "mode": "soft"}),
            ("users.restore", {"user_id": EMAIL}))]})
    call("token", "users.create_token", {"user_id": EMAIL, "name": f"of {LAST_NAME}"})
    call("present", "users.create", {
        "email": EMAIL, "name": "N", "org_id": ORGANIZATION, "if_exists": "return"})
    # Failed sign-ins are counted by email.
    for email in (EMAIL, FORMER_EMAIL):
        server.call("users.authenticate", email=email, password="a wrong password")
    return made["id"], calls


def check_feed(server, id):
    events = server.result("users.events", user_id=id)["events"]
    check(len(events) >= 6 and events[-1]["type"] == "user_deleted", f"the feed is {events}")
    check(events[-1]["email"] == EMAIL and events[-1]["user_id"] == id, f"{events[-1]}")
    check(not named(json.dumps(events[-1], ensure_ascii=False)), f"names in {events[-1]}")
    for event in events[:-1]:
        check((event["email"], event["changes"]) == (None, {}), f"an event still has data: {event}")


def problems_of(name, reply, id):
    """The problems of a repeated call, which must succeed and return at most the id."""
    text = json.dumps(reply, ensure_ascii=False)
    if "result" not in reply:
        yield f"{name} has no result: {text}"
    if named(text) or EMAIL in text or FORMER_EMAIL in text:
        yield f"{name} still returns personal data: {text}"
    if name in ("create", "bulk", "update", "present") and id not in text:
        yield f"{name} has another id: {text}"


def named(text):
    """The names that a text contains, as written or as the search index normalizes them."""
    text = text.lower().replace("ö", "o")
    return [word for word in (FIRST_NAME, LAST_NAME) if word.lower().replace("ö", "o") in text]


def check_files(store):
    """Searches the store's files: freed pages are overwritten, and the log is empty at the end."""
    data = b""
    for ending in ("", "-wal"):
        if os.path.exists(store + ending):
            data += bytes_of(store + ending)
    text = data.decode("utf-8", errors="replace")
    check(not named(text), f"the file holds {named(text)}")
    check(text.count(FORMER_EMAIL) == 0, "the file holds a former email")
    # The one occurrence is in the deletion's event; so small a store overwrites nothing by chance.
    check(text.count(EMAIL) == 1, f"the file holds the email {text.count(EMAIL)} times")
    return f"{len(data)} bytes were searched"


@test
def what_is_not_deleted_for_good_is_found_by_the_rig(rig):
    """A control: after a soft deletion, the names must be found in the files."""
    store = rig.store()
    server = rig.serve(store)
    live(server)
    check(server.result("users.delete", user_id=EMAIL, mode="soft") is True, "not deleted")
    check(server.close() == 0, server.complaint())
    return expect_failure(lambda: check_files(store), "a name in the file is not found")
