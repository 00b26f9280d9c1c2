"""Another process holds the lock for writers."""

import fcntl
import time

from rig import accounts, check, expect_failure, problem, test

HELD_SECONDS = 20
BUSY_SECONDS = (4.5, 7)
READ_SECONDS_MAX = 0.5


@test
def a_held_lock_makes_writers_busy_and_readers_go_on(rig):
    return held(rig, (), {})


@test
def without_the_lock_the_rig_sees_that_nobody_waits(rig):
    """A control: a server that ignores the lock must fail the check."""
    return expect_failure(
        lambda: held(rig, ("locks",), {"FAULT_NO_FLOCK": "1"}), "writers that don't wait pass")


def held(rig, preload, env):
    store = rig.store()
    server = rig.serve(store, preload, env)
    other = rig.serve(store)
    check("result" in server.create("before@example.org"), "a create was refused")
    other.result("users.count")
    with open(store + "-lock", "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        started = time.monotonic()

        id = server.send("users.create", email="busy@example.org", name="B", org_id="acme")
        longest = longest_read(other, 3)
        reply = server.wait(id)
        waited = time.monotonic() - started
        check("result" not in (reply or {}), "a write passed while the lock was held")
        check(problem(reply) == ("storage_unavailable", "busy"), f"the reply was {reply}")
        check(reply["error"]["data"]["retryable"] is True, "the error is not marked retryable")
        check(BUSY_SECONDS[0] <= waited <= BUSY_SECONDS[1], f"busy after {waited:.1f} s")
        longest = max(longest, longest_read(server, 0.2))
        check(longest < READ_SECONDS_MAX, f"a read took {longest:.2f} s")

        # Requests that share a transaction: the reads in it are answered although the write fails.
        ids = [
            server.send("users.count"),
            server.send("users.delete", user_id="before@example.org"),
            server.send("users.count"),
        ]
        replies = [server.wait(id) for id in ids]
        check(
            replies[0]["result"] == replies[2]["result"] == 2,
            f"the reads beside the refused write: {replies}")
        check(problem(replies[1]) == ("storage_unavailable", "busy"), f"{replies[1]}")

        time.sleep(max(0, started + HELD_SECONDS - 2 - time.monotonic()))
        id = server.send("users.create", email="queued@example.org", name="Q", org_id="acme")
        time.sleep(max(0, started + HELD_SECONDS - time.monotonic()))
    reply = server.wait(id, 1)
    check(reply and "result" in reply, f"the write that waited when the lock was released: {reply}")
    check(
        "result" in server.create("after@example.org"),
        "a write after the lock was released was refused")
    check(server.close() == 0, server.complaint())
    check(other.close() == 0, other.complaint())
    found = {email.split("@")[0] for email in accounts(store, rig.folder)}
    check(found == {"owner", "before", "queued", "after"}, f"the store holds {found}")
    return f"busy after {waited:.2f} s, longest read {longest * 1000:.0f} ms"


def longest_read(server, seconds):
    longest, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        started = time.monotonic()
        server.result("users.count")
        longest = max(longest, time.monotonic() - started)
    return longest
