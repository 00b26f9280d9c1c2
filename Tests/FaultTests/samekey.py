"""Two processes get the same call with the same idempotency key at the same time."""

import sqlite3

from events import Feed
from rig import ORGANIZATION, accounts, check, copied, expect_failure, test, wait_for

ROUNDS = 100


@test
def two_processes_that_are_sent_one_call_at_once_do_it_once_and_answer_alike(rig):
    return race(rig, lambda round: {"idempotency_key": f"key {round}"})


@test
def without_a_key_both_are_seen_to_do_it(rig):
    """A control: without a key, both processes must carry out the call."""
    return expect_failure(lambda: race(rig, lambda round: {}), "two effects of one call pass")[:70]


def race(rig, key):
    store = rig.store()
    servers = [rig.serve(store), rig.serve(store)]
    feed = Feed(rig.serve(store))
    users, expected, first = [], [], [0, 0]
    for round in range(ROUNDS):
        email = f"u{round}@example.org"
        calls = (
            ("user_created", "users.create",
             {"email": email, "name": "A B", "org_id": ORGANIZATION, "if_exists": "return"}),
            ("token_created", "users.create_token", {"user_id": email, "name": "nightly"}),
            ("user_updated", "users.update", {"user_id": email, "name": f"New {round}"}),
        )
        for event, method, params in calls:
            params = {**params, **key(f"{round} {method}")}
            # The first process to get the call alternates from round to round.
            order = (0, 1) if round % 2 else (1, 0)
            ids = {who: servers[who].send(method, **params) for who in order}
            results = [answered(servers[who].wait(ids[who]), method) for who in (0, 1)]
            secrets = [result.pop("token", None) for result in results]
            check(
                results[0] == results[1],
                f"round {round}: {method} returned {results[0]} and {results[1]}")
            if event == "token_created":
                told = [bool(secret) for secret in secrets]
                check(sum(told) == 1, f"round {round}: {sum(told)} processes returned the secret")
                first[told.index(True)] += 1
            expected.append((event, email))
        users.append(email)
    wait_for(lambda: len(feed.events) >= len(expected), 5, "the notification of all")
    feed.check_whole()
    events = [(event["type"], event["email"]) for event in feed.events]
    check(events == expected, f"{len(events)} events, expected {len(expected)}")
    for server in [*servers, feed.server]:
        check(server.close() == 0, server.complaint())
    found = accounts(store, rig.folder)
    check(all(found[email][2] == 2 for email in users), "an account is at another version than 2")
    base = sqlite3.connect(copied(store, rig.folder))
    tokens = base.execute("SELECT count(*) FROM tokens").fetchone()[0]
    base.close()
    check(tokens == ROUNDS, f"{tokens} tokens")
    return f"{first[0]} : {first[1]}"


def answered(reply, method):
    check(reply and "result" in reply, f"{method} returned {reply}")
    return reply["result"]
