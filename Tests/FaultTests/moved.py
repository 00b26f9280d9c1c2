"""The store's files are renamed, deleted or replaced while a server runs."""

import fcntl
import os

from rig import (
    ORGANIZATION, accounts, bytes_of, check, expect_failure, inspect, problem, request, test)

MOVED = ("storage_unavailable", "moved")
FILES = ("", "-wal", "-shm")


@test
def a_store_that_is_renamed_takes_no_write_until_it_is_back(rig):
    store = rig.store()
    server = rig.serve(store)
    acknowledged = acknowledge(server, "before", 20)
    os.rename(store, store + ".away")
    refused(server, "after")
    # No process made a new file in its place.
    check(not os.path.exists(store), "a new file is at the store's path")
    os.rename(store + ".away", store)
    acknowledged += acknowledge(server, "back", 5)
    check(server.close() == 0, server.complaint())
    holds(accounts(store, rig.folder), acknowledged)


@test
def a_store_that_is_moved_with_its_log_keeps_all_that_was_acknowledged(rig):
    """This includes writes that are acknowledged during the move."""
    for round in range(30):
        store = rig.store(f"users-{round}.db")
        server = rig.serve(store)
        server.result("users.count")
        lines = [
            request(at, "users.create", {"email": f"u{at}@x.org", "name": "U", "org_id": "o"})
            for at in range(300)]
        for at in range(0, 300, 10):
            server.write("\n".join(lines[at:at + 10]) + "\n")
            if at == round * 10:
                for ending in FILES:
                    os.rename(store + ending, rig.path("away.db" + ending))
        replies = [server.wait(at) for at in range(300)]
        acknowledged = [r["result"]["email"] for r in replies if r and "result" in r]
        others = {problem(r) for r in replies if r and "error" in r}
        check(None not in replies, f"a write got no reply; {server.complaint()}")
        check(others <= {MOVED}, f"refused with {others}")
        check(problem(replies[-1]) == MOVED, "the last write was acknowledged after the move")
        server.close()
        holds(inspect(rig.path("away.db")), acknowledged)
        check(not os.path.exists(store), "a new file is at the store's path")
        for ending in FILES:
            if os.path.exists(rig.path("away.db" + ending)):
                os.remove(rig.path("away.db" + ending))


@test
def a_store_that_is_deleted_takes_no_write(rig):
    store = rig.store()
    server = rig.serve(store)
    acknowledge(server, "before", 5)
    os.remove(store)
    refused(server, "after")
    check(not os.path.exists(store), "a new file is at the store's path")


@test
def a_store_that_is_replaced_takes_no_write_and_the_other_file_is_left_alone(rig):
    replaced(rig, ())


@test
def a_server_that_does_not_look_is_caught(rig):
    """A control: if the file system hides the change, the rig must see the wrong
    acknowledgements."""
    expect_failure(lambda: replaced(rig, ("identity",)), "writes to a replaced store pass")


def replaced(rig, preload):
    store = rig.store()
    other = rig.store("other.db")
    server = rig.serve(store, preload, {"FAULT_STORE": store})
    acknowledged = acknowledge(server, "before", 20)
    for ending in FILES:
        os.rename(store + ending, rig.path("away.db" + ending))
        if os.path.exists(other + ending):
            os.rename(other + ending, store + ending)
    before = contents(store)
    refused(server, "after")
    check(contents(store) == before, "the replacing file was changed")
    server.close()
    check(contents(store) == before, "the replacing file was changed at the end")
    holds(inspect(rig.path("away.db")), acknowledged)


@test
def a_lock_file_that_is_deleted_lets_nobody_write_beside_the_holder_of_the_new_one(rig):
    store = rig.store()
    server = rig.serve(store)
    acknowledged = acknowledge(server, "before", 5)
    os.remove(store + "-lock")
    with open(store + "-lock", "w") as file:
        os.chmod(store + "-lock", 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        reply = server.create("after@example.org")
        check("result" not in reply, "a write passed while another process held the lock")
        check(problem(reply)[1] in ("moved", "busy"), f"refused with {problem(reply)}")
    check(server.close() == 0, server.complaint())
    holds(accounts(store, rig.folder), acknowledged)


@test
def a_log_that_is_deleted_takes_no_acknowledged_write_along(rig):
    sidecar_deleted(rig, "-wal")


@test
def a_wal_index_that_is_deleted_takes_no_acknowledged_write_along(rig):
    sidecar_deleted(rig, "-shm")


def sidecar_deleted(rig, ending):
    """Writes acknowledged before may be lost with the log; writes acknowledged later must stay."""
    store = rig.store()
    server = rig.serve(store)
    acknowledge(server, "before", 5)
    os.remove(store + ending)
    servers = [server]
    later = []
    for at in range(4):
        if at == 1:
            servers.append(rig.serve(store))
        server = servers[at % len(servers)]
        email = f"after-{at}@example.org"
        reply = server.wait(server.send("users.create", email=email, name="A", org_id="o"))
        if reply is None:
            # A new server may refuse to start; a running one replies.
            check(server is servers[-1] and server.close() == 1, server.complaint())
            servers.remove(server)
        elif "result" in reply:
            later.append(reply["result"]["email"])
        else:
            kind, reason = problem(reply)
            check(kind == "storage_unavailable", f"refused with {kind} {reason}")
    for server in servers:
        server.kill()
    holds(accounts(store, rig.folder), later)


def acknowledge(server, name, count):
    emails = [f"{name}-{at}@example.org" for at in range(count)]
    for email in emails:
        reply = server.create(email)
        check("result" in reply, f"a create was refused: {reply}")
    return emails


def refused(server, name):
    for id in [
        server.send("users.create", email=f"{name}@example.org", name="N", org_id=ORGANIZATION),
        server.send("users.update", user_id="before-1@example.org", name="Changed"),
        server.send("users.delete", user_id="before-2@example.org"),
    ]:
        reply = server.wait(id)
        check(reply, f"no reply; {server.complaint()}")
        check("result" not in reply, f"acknowledged: {reply}")
        check(problem(reply) == MOVED, f"refused with {problem(reply)}")


def holds(found, acknowledged):
    lost = [email for email in acknowledged if email not in found]
    check(not lost, f"{len(lost)} of {len(acknowledged)} acknowledged creates are lost: {lost[:3]}")


def contents(store):
    read = {}
    for ending in ("", "-wal"):
        if os.path.exists(store + ending):
            read[ending] = bytes_of(store + ending)
    return read
