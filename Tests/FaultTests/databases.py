"""The store on a PostgreSQL server: what was acknowledged stays, what was refused is not there, and
every wait ends, whatever happens to the server and to the connection."""

import os
import random
import signal
import subprocess
import time

from cluster import Cluster, Creator, Record, creating, running
from proxy import Proxy
from rig import ORGANIZATION, OWNER, check, expect_failure, problem, test, wait_for

TERMINATIONS = 100
# Each with the number of `--full`.
KILLS = 30, 100
CRASHES = 3, 20
RESTARTS = 2, 20
CUTS = 60
# A trip has 10 s, and the look for a lost commit has 5 s.
WAIT_SECONDS_MAX = 17


@test
def nothing_acknowledged_is_lost_when_connections_are_terminated(rig):
    record = Record()
    with running(Cluster(rig)) as cluster:
        with creating(cluster, record):
            dice = random.Random(1)
            for _ in range(TERMINATIONS):
                time.sleep(dice.uniform(0.005, 0.04))
                cluster.sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'roster'")
        check(len(record.kept) > TERMINATIONS, "too few creates to prove anything")
        record.check(cluster)
        # Controls: the check notices an account that is lost, one that is there, and a gap.
        lost, stranger = Record(), Record()
        lost.kept = {"nobody@example.org"}
        expect_failure(lambda: lost.check(cluster), "an acknowledged account is missing")
        stranger.refused = {OWNER}
        expect_failure(lambda: stranger.check(cluster), "a refused account is there")
        cluster.sql("DELETE FROM roster.events WHERE seq = 3")
        expect_failure(lambda: record.check(cluster), "an event is missing")
        return record.note_text()


@test
def nothing_acknowledged_is_lost_when_processes_are_killed(rig):
    record = Record()
    with running(Cluster(rig)) as cluster:
        with creating(cluster, record) as creators:
            dice = random.Random(2)
            for _ in range(rig.times(*KILLS)):
                before = len(record.kept)
                wait_for(lambda: len(record.kept) > before + 1, 30, "a create")
                time.sleep(dice.uniform(0, 0.05))
                dice.choice(creators).server.process.kill()
        record.check(cluster)
        return record.note_text()


def restarted(rig, name, mode, times, **settings):
    """Restarts the server among creates, several times. Returns the record."""
    record = Record()
    with running(Cluster(rig, name, **settings)) as cluster:
        with creating(cluster, record):
            for _ in range(times):
                time.sleep(0.6)
                cluster.restart(mode)
            time.sleep(0.3)
        record.check(cluster)
    return record


@test
def nothing_acknowledged_is_lost_when_the_server_crashes(rig):
    record = restarted(rig, "server", "immediate", rig.times(*CRASHES))
    check(len(record.kept) > 50, "too few creates to prove anything")
    # Control: without waiting for the disk, a crash loses what was acknowledged.
    lazy = {"synchronous_commit": "off", "wal_writer_delay": "10s"}
    expect_failure(
        lambda: [restarted(rig, f"lazy{at}", "immediate", 2, **lazy) for at in range(3)],
        "the server did not wait for the disk")
    return record.note_text()


@test
def nothing_acknowledged_is_lost_when_the_server_is_restarted(rig):
    record = restarted(rig, "server", "fast", rig.times(*RESTARTS))
    check(len(record.kept) > 50, "too few creates to prove anything")
    return record.note_text()


@test
def a_lost_commit_is_looked_up(rig):
    notes = []
    with running(Cluster(rig)) as cluster:
        for loses in ("answer", "text"):
            proxy, record = Proxy(cluster.port, loses=loses, every=3), Record()
            creator = Creator(cluster, record, f"{loses}-", proxy.port)
            creator.start()
            wait_for(
                lambda: proxy.cuts >= CUTS or creator.failure, 60, f"cutting {CUTS} commits")
            creator.finish()
            proxy.close()
            record.check(cluster)
            check(not record.unknown, f"{len(record.unknown)} outcomes are unknown")
            check(record.longest < 2, f"a create took {record.longest:.1f} s")
            # Whatever is lost, a create is done anew or found: none is refused.
            check(not record.refused, f"{len(record.refused)} creates were refused")
            notes.append(f"{proxy.cuts} × {loses}: {record.note_text()}")
        return "; ".join(notes)


def timed_create(server, email):
    start = time.monotonic()
    reply = server.wait(server.send(
        "users.create", email=email, name="A B", org_id=ORGANIZATION), WAIT_SECONDS_MAX + 3)
    return reply, time.monotonic() - start


@test
def a_stopped_connection_ends_within_its_deadline(rig):
    with running(Cluster(rig)) as cluster:
        server = cluster.serve()
        check("result" in server.create("first@example.org"), "a create was refused")
        stopped = cluster.backends()
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        reply, seconds = timed_create(server, "second@example.org")
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        check(reply is not None, f"no reply after {seconds:.0f} s")
        check(seconds < WAIT_SECONDS_MAX, f"the reply took {seconds:.1f} s")
        check(
            problem(reply) is not None and problem(reply)[0] == "storage_unavailable",
            f"not refused: {reply}")
        check("result" in server.create("third@example.org"), "the server did not recover")
        check("second@example.org" not in cluster.emails(), "a refused account is there")
        cluster.check_feed()
        return f"refused after {seconds:.1f} s"


@test
def a_network_that_falls_silent_ends_within_the_deadline(rig):
    with running(Cluster(rig)) as cluster:
        proxy = Proxy(cluster.port)
        server = cluster.serve(proxy.port)
        check("result" in server.create("first@example.org"), "a create was refused")
        proxy.flows.clear()
        reply, seconds = timed_create(server, "second@example.org")
        proxy.flows.set()
        check(reply is not None, f"no reply after {seconds:.0f} s")
        check(seconds < WAIT_SECONDS_MAX + 3, f"the reply took {seconds:.1f} s")
        check(problem(reply) is not None, f"not refused: {reply}")
        wait_for(
            lambda: "result" in server.create(f"third{time.monotonic()}@example.org"), 30,
            "a create after the network came back")
        cluster.check_feed()
        return f"{problem(reply)} after {seconds:.1f} s"


@test
def a_client_that_stands_still_does_not_block_the_others(rig):
    """It is stopped while it holds the lock: the server ends its transaction."""
    with running(Cluster(rig)) as cluster:
        other = cluster.serve()
        check("result" in other.create("first@example.org"), "a create was refused")
        holder = Creator(cluster, Record(), "h")
        holder.start()
        wait_for(lambda: holder.count > 5, 10, "creating")
        held = False
        for _ in range(50):
            os.kill(holder.server.pid, signal.SIGSTOP)
            time.sleep(0.05)
            held = bool(cluster.sql(
                "SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction'"))
            if held:
                break
            os.kill(holder.server.pid, signal.SIGCONT)
            time.sleep(random.uniform(0, 0.02))
        check(held, "the process was never stopped while it held the lock")
        start = time.monotonic()
        wait_for(
            lambda: "result" in other.create(f"x{time.monotonic()}@example.org"), 20,
            "a create of the other process")
        seconds = time.monotonic() - start
        os.kill(holder.server.pid, signal.SIGCONT)
        holder.finish()
        holder.record.check(cluster)
        return f"the lock was free after {seconds:.1f} s"


@test
def a_full_server_refuses_in_words(rig):
    with running(Cluster(rig, max_connections="5", superuser_reserved_connections="0")) as cluster:
        server = cluster.serve()
        check("result" in server.create("first@example.org"), "a create was refused")
        others = [cluster.serve() for _ in range(4)]
        for other in others:
            other.call("users.count")
        done = rig.run("call", "users.count", "--store", cluster.address(), "--as", OWNER)
        check(done.returncode == 1, f"the sixth connection was accepted: {done.stdout}")
        check("lock" not in done.stderr, f"the reason is not true: {done.stderr}")
        for other in others:
            check(other.close() == 0, other.complaint())
        wait_for(
            lambda: "result" in server.create(f"x{time.monotonic()}@example.org"), 5, "a create")
        return done.stderr.splitlines()[0][-90:]


@test
def a_watch_in_a_shell_goes_on_when_the_server_is_back(rig):
    with running(Cluster(rig)) as cluster:
        told, says = rig.path("told"), rig.path("says")
        with open(told, "w") as out, open(says, "a") as errors:
            watch = subprocess.Popen(
                [rig.roster, "watch", "--store", cluster.address(), "--as", OWNER, "-o", "jsonl"],
                stdout=out, stderr=errors)
        try:
            return watched(rig, cluster, watch, told, says)
        finally:
            watch.kill()


def watched(rig, cluster, watch, told, says):
    server = cluster.serve()

    def create(name):
        check("result" in server.create(name), f"{name} was refused")
        wait_for(lambda: name in open(told).read(), 20, f"the event of {name}")

    # The first event shows that the watch has begun.
    time.sleep(1)
    create("before@example.org")
    for mode in ("fast", "immediate"):
        os.truncate(says, 0)
        cluster.stop(mode)
        wait_for(lambda: "Trying again" in open(says).read(), 20, "the watch's word")
        time.sleep(1.5)
        check(watch.poll() is None, f"the watch ended: {open(says).read()}")
        cluster.start()
        create(f"after-{mode}@example.org")
    check(len(open(told).readlines()) == 3, f"it told {open(told).read()}")
    watch.terminate()
    check(watch.wait(10) == 0, "the watch failed")
    # Control: one that is started while the server is away ends, and says why.
    cluster.stop()
    late = rig.run("watch", "--store", cluster.address(), "--as", OWNER)
    check(late.returncode == 1 and "network" in late.stderr, f"it says {late.stderr}")
    cluster.start()
    return open(says).read().replace("\0", "").splitlines()[-1]
