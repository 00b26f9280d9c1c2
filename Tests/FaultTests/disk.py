"""A disk that fails, is full, or reports writes and syncs that it did not do."""

import errno
import os
import shutil

from rig import OWNER, accounts, check, expect_failure, problem, remove, remove_store, test

WRITES = 8
GROUP = 12
FAILURES = ("storage_unavailable", "outcome_unknown")


@test
def each_sync_that_fails_once_or_for_good_is_never_acknowledged(rig):
    return each(rig, "fdatasync", errno.EIO, FAILURES)


@test
def each_write_that_fails_once_or_for_good_is_never_acknowledged(rig):
    return each(rig, "pwrite", errno.EIO, FAILURES)


@test
def a_full_disk_refuses_writes_and_reads_go_on(rig):
    return each(rig, "pwrite", errno.ENOSPC, ("storage_full",))


@test
def a_disk_that_drops_writes_is_noticed(rig):
    """A control: if the disk drops a write, the check at the end must fail."""
    seed = rig.store("seed.db")
    return expect_failure(
        lambda: fault(rig, seed, "pwrite", 5, 0, FAILURES, mode="swallow"),
        "writes that never reached the disk count as stored")


def each(rig, call, code, kinds):
    """Puts the fault at the first counted call, at the second, and so on, until no call meets
    it."""
    seed = rig.store("seed.db")
    count = 0
    for once in (True, False):
        number = 1
        while fault(rig, seed, call, number, code, kinds, once=once):
            number += 1
            count += 1
            check(number < 500, "every call met the fault")
        check(number > WRITES, f"only {number - 1} calls of {call} were met")
    return f"{count} faults"


def fault(rig, seed, call, number, code, kinds, once=False, mode="error"):
    """Runs one server with the fault. Returns False if no call met the fault."""
    store = copy_of(rig, seed)
    facts = {"call": call, "number": number, "errno": code}
    server = rig.serve_broken(store, mode, **facts, **({"once": 1} if once else {}))
    told = Told(kinds)
    for at in range(2):
        told.of(server, f"before-{at}", server.create(f"before-{at}@example.org"))
    check(not told.refused, "a write was refused before the fault")

    rig.touch("armed")
    for at in range(WRITES):
        told.of(server, f"during-{at}", server.create(f"during-{at}@example.org"))
        users = server.call("users.count")
        check("result" in users or told.is_kind(users), f"a read during the fault: {users}")
        check(code != errno.ENOSPC or "result" in users, f"a read on a full disk: {users}")
    ids = [
        server.send("users.create", email=f"group-{at}@example.org", name="G", org_id="acme")
        for at in range(GROUP)]
    for at, id in enumerate(ids):
        told.of(server, f"group-{at}", server.wait(id))
    if once:
        check(len(told.kept) > 2, "no write was acknowledged after a single fault")
    # At its end, the process moves the log into the file, which may meet the fault, too.
    is_met = rig.counters()["faults"] > 0
    if is_met:
        os.remove(rig.path("armed"))
        # The first write after a fault may still be refused.
        server.create("payer@example.org")
        told.of(server, "after", server.create("after@example.org"))
        check("after" in told.kept, "writes are refused after the fault is gone")
        rig.touch("armed")
    check(server.close() == 0, f"at the end: {server.complaint()}")
    is_met = is_met or rig.counters()["faults"] > 0
    told.compare(accounts(store, rig.folder))
    restart(rig, store, told)
    return is_met


class Told:
    """The outcome of each write that the server reported to its client."""

    def __init__(self, kinds):
        self.kinds = kinds
        self.kept, self.unknown, self.refused = set(), set(), set()

    def is_kind(self, reply):
        return problem(reply) is not None and problem(reply)[0] in self.kinds

    def of(self, server, name, reply):
        check(reply, f"{name} got no reply; {server.complaint()}")
        if "result" in reply:
            self.kept.add(name)
            return
        check(self.is_kind(reply), f"{name} was refused with {reply}")
        (self.unknown if problem(reply)[0] == "outcome_unknown" else self.refused).add(name)

    def compare(self, found):
        names = {email.split("@")[0] for email in found}
        check(self.kept <= names, f"acknowledged and lost: {sorted(self.kept - names)}")
        check(not self.refused & names, f"refused and kept: {sorted(self.refused & names)}")


def restart(rig, store, told):
    """A new server on an intact disk finds the same accounts, and can write."""
    server = rig.serve(store)
    check("result" in server.create("fresh@example.org"), "a new server can't write")
    check(server.close() == 0, server.complaint())
    told.compare(accounts(store, rig.folder))
    rig.servers.clear()
    for name in ("armed", "counters"):
        remove(rig.path(name))


def copy_of(rig, seed):
    store = rig.path("users.db")
    remove_store(store)
    for ending in ("", "-wal"):
        if os.path.exists(seed + ending):
            shutil.copy(seed + ending, store + ending)
    return store


@test
def a_create_whose_outcome_is_unknown_has_one_effect_when_it_is_repeated(rig):
    return repeated(rig, True)


@test
def a_create_repeated_without_its_key_is_seen_to_be_refused(rig):
    """A control: without an idempotency key, the repeated create must be refused."""
    return expect_failure(lambda: repeated(rig, False), "a repetition without a key passes")


def repeated(rig, has_key):
    """The create meets the fault at its first write or sync, at the second, and so on. The same
    process or a new one repeats it until it succeeds."""
    seed = rig.store("seed.db")
    tally = {}
    for call in ("fdatasync", "pwrite"):
        for once in (True, False):
            number = 1
            while True:
                told = repeat(rig, seed, call, number, once, has_key)
                if told is None:
                    break
                tally[told] = tally.get(told, 0) + 1
                number += 1
                check(number < 50, "every call met the fault")
    check(tally.get("outcome_unknown"), f"no outcome was unknown: {tally}")
    return ", ".join(f"{count} {kind}" for kind, count in sorted(tally.items()))


def repeat(rig, seed, call, number, once, has_key):
    """The kind of the first error; None if the create succeeded."""
    store = copy_of(rig, seed)
    facts = {"call": call, "number": number, "errno": errno.EIO, **({"once": 1} if once else {})}
    server = rig.serve_broken(store, "error", **facts)
    check("result" in server.create("before@example.org"), "a write was refused before the fault")
    rig.touch("armed")
    email = "ann@example.org"
    key = {"idempotency_key": "k"} if has_key else {}
    reply = server.create(email, **key)
    first = problem(reply) and problem(reply)[0]
    check(first is None or first in FAILURES, f"the create was refused with {reply}")
    is_sound = number % 2 == 0
    if is_sound:
        os.remove(rig.path("armed"))
    server.create(email, **key)
    if not is_sound:
        # The process that met the fault is killed, and a new one replaces it.
        server.kill()
        os.remove(rig.path("armed"))
        server = rig.serve(store)
    else:
        server.create("payer@example.org")
    results = [server.result("users.create", email=email, name="A B", org_id="acme", **key)
               for _ in range(2)]
    check(results[0] == results[1], f"two repetitions returned {results}")
    users = server.result("users.list", email=email)["users"]
    check([user["id"] for user in users] == [results[0]["id"]], f"the account is {users}")
    events = server.result("users.events", limit=1000)["events"]
    own = [event for event in events if event["email"] == email]
    check(len(own) == 1, f"one create has {len(own)} events")
    seqs = [event["seq"] for event in events]
    check(seqs == list(range(1, len(seqs) + 1)), f"the feed has gaps: {seqs}")
    check(server.close() == 0, server.complaint())
    check(email in accounts(store, rig.folder), "the account is lost")
    for each in rig.servers:
        each.kill()
    rig.servers.clear()
    os.remove(rig.path("counters"))
    return first


# --- Deaths at every call ------------------------------------------------------------------------


@test
def a_death_at_any_write_or_sync_loses_nothing_that_was_acknowledged(rig):
    seed = rig.store("seed.db")
    count = 0
    for mode, call in (("kill", "any"), ("torn", "pwrite")):
        number = 1
        while death(rig, seed, mode, call, number):
            number += 1
            count += 1
    check(count > 50, f"only {count} deaths")
    return f"{count} deaths"


def death(rig, seed, mode, call, number):
    """Returns False if the server ended before the call at which it was to die."""
    store = copy_of(rig, seed)
    server = rig.serve_broken(store, mode, call=call, number=number)
    check("result" in server.create("first@example.org"), "the first create was refused")
    rig.touch("armed")
    deeds = [("users.create", {"email": f"u{at}@example.org", "name": "U", "org_id": "acme"})
             for at in range(3)]
    deeds += [
        ("users.update", {"user_id": "first@example.org", "name": "Second"}),
        ("users.delete", {"user_id": "u0@example.org"}),
        ("users.update", {"user_id": "u1@example.org", "job_title": "Chief"}),
    ]
    states = [{OWNER: ("owner", None, 1), "first@example.org": ("A B", None, 1)}]
    replies = []
    for method, params in deeds:
        states.append(after(states[-1], method, params))
        reply = server.wait(server.send(method, **params))
        if reply is None:
            break
        check("result" in reply, f"{method} was refused: {reply}")
        replies.append(reply)
    code = server.close()
    found = accounts(store, rig.folder)
    check(
        found in states[len(replies):],
        f"after death at call {number} and {len(replies)} acknowledgements: {found}")
    rig.servers.clear()
    os.remove(rig.path("armed"))
    os.remove(rig.path("counters"))
    return code != 0


def after(state, method, params):
    state = dict(state)
    email = params.get("email") or params["user_id"]
    if method == "users.create":
        state[email] = (params["name"], None, 1)
    elif method == "users.delete":
        del state[email]
    else:
        name, job, version = state[email]
        state[email] = (params.get("name", name), params.get("job_title", job), version + 1)
    return state


# --- Syncs ---------------------------------------------------------------------------------------


@test
def each_acknowledged_commit_is_synced_before(rig):
    return synced(rig, "watch")


@test
def a_store_that_does_not_sync_is_noticed(rig):
    """A control: SQLite with synchronous=OFF, and a disk that ignores syncs, must be noticed."""
    first = expect_failure(lambda: synced(rig, "unsynced"), "synchronous=OFF")
    os.remove(rig.path("counters"))
    rig.touch("armed")
    second = expect_failure(
        lambda: synced(rig, "swallow", call="fdatasync"), "syncs that do nothing")
    return f"{first}; {second}"


COMMITS = 200


def synced(rig, mode, **facts):
    store = rig.store(mode + ".db")
    server = rig.serve_broken(store, mode, **facts)
    server.result("users.count")
    before = rig.counters()["log_syncs"]
    for at in range(COMMITS):
        check("result" in server.create(f"u{at}@example.org"), "a create was refused")
        now = rig.counters()
        check(
            now["unsynced_log_writes"] == 0,
            f"create {at} was acknowledged with {now['unsynced_log_writes']} unsynced writes")
    syncs = rig.counters()["log_syncs"] - before
    check(syncs >= COMMITS, f"{syncs} syncs for {COMMITS} commits")
    # Pipelined requests that share a transaction share one sync.
    ids = [server.send("users.update", user_id=f"u{at}@example.org", name="N") for at in range(100)]
    check(all("result" in server.wait(id) for id in ids), "an update was refused")
    check(
        rig.counters()["unsynced_log_writes"] == 0,
        "a transaction was acknowledged before its sync")
    check(server.close() == 0, server.complaint())
    return f"{syncs} syncs of the log for {COMMITS} commits one by one"
