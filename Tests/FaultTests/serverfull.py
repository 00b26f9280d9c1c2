"""A PostgreSQL server without free connections, and one whose disk is full: requests are refused
with a reason that is true, and the same processes go on once there is room."""

import contextlib
import os
import signal
import subprocess

from cluster import Cluster, running
from rig import ORGANIZATION, check, expect_failure, problem, test, wait_for

CONNECTIONS = 5
DISK_BYTES = 24 << 20
BALLAST_BYTES = 4 << 20
# More than fit on the disk; each account takes this much at least.
CREATES_MAX = 4000
TEXT_BYTES = 7000
LOG_DISK_BYTES = 8 << 20


@test
def a_server_without_free_connections_is_told_as_busy(rig):
    """Of a process that is connected to it already and loses its connection to another."""
    few = {"max_connections": CONNECTIONS, "superuser_reserved_connections": 0}
    with running(Cluster(rig, **few)) as cluster:
        server = cluster.serve()
        check("result" in server.create("first@example.org"), "a create was refused")
        own, = cluster.backends()
        others = [connected(cluster) for _ in range(CONNECTIONS - 1)]
        os.kill(own, signal.SIGTERM)
        others.append(until_connected(cluster))
        reply = server.create("second@example.org")
        check(problem(reply) == ("storage_unavailable", "busy"), f"not busy: {reply}")
        error = reply["error"]
        check("too many clients" in error["message"] + error["data"]["hint"], f"untrue: {error}")
        check(error["data"]["retryable"], f"not to be repeated: {error}")
        check(problem(server.call("users.count")) is not None, "a read got a connection")
        check(others.pop().close() == 0, "a server failed")
        wait_for(
            lambda: "result" in server.create("second@example.org"), 30,
            "a create with a free connection")
        # psql needs a connection too.
        check(others.pop().close() == 0, "a server failed")
        cluster.check_feed()
        return f"{error['message']} {error['data']['hint']}"


def connected(cluster):
    server = cluster.serve()
    server.result("users.count")
    return server


def until_connected(cluster):
    """A process that has a connection, as soon as one is free."""
    found = []

    def tries():
        server = cluster.serve()
        reply = server.wait(server.send("users.count"))
        if reply and "result" in reply:
            found.append(server)
        return found

    wait_for(tries, 30, "a free connection")
    return found[0]


# --- Full disks ---------------------------------------------------------------------------------


@contextlib.contextmanager
def small_disk(folder, bytes):
    """A file system of so many bytes in the folder. Yields False if this user may mount none."""
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={bytes},mode=777", "none", folder],
        capture_output=True)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "--lazy", folder], check=True)


class Ballast:
    """A file that takes room until it is dropped."""

    def __init__(self, folder, bytes):
        self.path = os.path.join(folder, "ballast")
        with open(self.path, "wb") as file:
            file.write(bytes * b"\0")

    def drop(self):
        os.remove(self.path)

    def take_all(self):
        """Takes all of the room that is left."""
        with contextlib.suppress(OSError), open(self.path, "ab", buffering=0) as file:
            while True:
                file.write(4096 * b"\0")


def create(server, at):
    return server.create(
        f"u{at}@example.org", metadata={"text": os.urandom(TEXT_BYTES // 2).hex()})


def fill(server, count=CREATES_MAX):
    """Creates accounts until one is refused. Returns the emails of the others, and the refusal."""
    kept = set()
    for at in range(count):
        reply = create(server, at)
        if "result" not in reply:
            return kept, reply
        kept.add(f"u{at}@example.org")
    check(False, f"{count} creates, and none was refused")


def check_kept(cluster, kept):
    there = cluster.emails()
    check(kept <= there, f"acknowledged and lost: {sorted(kept - there)[:3]}")
    check(len(there) == len(kept) + 1, f"{len(there) - 1} accounts, {len(kept)} acknowledged")
    cluster.check_feed()


@test
def a_server_with_a_full_disk_refuses_writes_and_goes_on_when_there_is_room(rig):
    """The tables are on a small disk. Reads go on all the time."""
    with small_disk(rig.path("disk"), DISK_BYTES) as is_mounted:
        if not is_mounted:
            return "not run: this user may not mount a disk"
        cluster = Cluster(rig)
        tables = rig.path("disk/tables")
        os.mkdir(tables)
        cluster.give(tables)
        cluster.sql(f"CREATE TABLESPACE small LOCATION '{tables}'")
        cluster.sql("ALTER DATABASE postgres SET default_tablespace = small")
        with running(cluster):
            return filled(cluster, Ballast(rig.path("disk"), BALLAST_BYTES))


def filled(cluster, ballast):
    server, reader = cluster.serve(), cluster.serve()
    # Control: as long as there is room, nothing is refused.
    expect_failure(lambda: fill(cluster.serve(), 3), "a disk with room refuses")
    wait_for(lambda: "result" in server.call("users.delete", user_id="u0@example.org"), 30, "room")
    for at in (1, 2):
        server.result("users.delete", user_id=f"u{at}@example.org")
    kept, refusal = fill(server)
    check(refusal["error"]["code"] == 507, f"not 507: {refusal}")
    check(problem(refusal)[0] == "storage_full", f"not full: {refusal}")
    for each in server, reader:
        user = each.result("users.get", user_id="u0@example.org")
        check(user["email"] == "u0@example.org", f"another account: {user}")
        check(each.result("users.count") == len(kept) + 1, "a read counts wrongly")
    ballast.drop()
    reply = create(server, len(kept))
    check("result" in reply, f"refused although there is room: {reply}")
    check_kept(cluster, {*kept, f"u{len(kept)}@example.org"})
    return f"{len(kept)} creates, then {refusal['error']['message']}"


class ShortLogged(Cluster):
    """A server whose log has files of 1 MB, in a folder of its own."""

    def __init__(self, rig, log):
        self.init_options = ("--wal-segsize=1", "--waldir", log)
        super().__init__(rig, min_wal_size="2MB", max_wal_size="4MB")


@test
def a_server_that_ends_because_its_log_fills_the_disk_has_lost_nothing(rig):
    """PostgreSQL itself ends then. It is started again when there is room."""
    with small_disk(rig.path("disk"), LOG_DISK_BYTES) as is_mounted:
        if not is_mounted:
            return "not run: this user may not mount a disk"
        os.chmod(rig.folder, 0o711)
        with running(ShortLogged(rig, rig.path("disk/log"))) as cluster:
            server = cluster.serve()
            ballast = Ballast(rig.path("disk"), 1 << 16)
            ballast.take_all()
            kept, refusal = fill(server)
            check(refusal["error"]["code"] in (503, 507, 520), f"not refused: {refusal}")
            ballast.drop()
            cluster.restart("immediate")
            wait_for(
                lambda: "result" in server.call("users.count"), 60, "an answer after the restart")
            unknown = problem(refusal)[0] == "outcome_unknown"
            if unknown:
                server.call("users.delete", user_id=f"u{len(kept)}@example.org")
            reply = create(server, len(kept))
            check("result" in reply, f"refused although there is room: {reply}")
            check_kept(cluster, {*kept, f"u{len(kept)}@example.org"})
            return f"{len(kept)} creates, then {refusal['error']['message']}"
