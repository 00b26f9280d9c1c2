"""A primary with a standby: the primary dies, and the standby is promoted. With a synchronous
standby, nothing that was acknowledged is lost; the address names both hosts, so nobody is told."""

import contextlib
import os
import signal

from cluster import Cluster, Record, creating
from rig import check, expect_failure, test, wait_for

# Also with `--full`.
FAILOVERS = 1, 10
CREATES_BEFORE = 40
CREATES_LOST = 20


class Standby(Cluster):
    """A copy of a server that follows it."""

    def __init__(self, rig, primary):
        self.primary = primary
        # Else a standby that has just lost its primary may hear of its promotion after 5 s only.
        super().__init__(rig, "standby", wal_retrieve_retry_interval="100ms")

    def fill(self):
        primary = self.primary
        self.run(
            "pg_basebackup", "-D", self.data, "-R", "-X", "stream", "-c", "fast", "--no-sync",
            "-d", f"host={primary.folder} port={primary.port} user=roster"
            " application_name=standby")

    def promote(self):
        self.run("pg_ctl", "promote", "-D", self.data, "-w")


class Pair:
    """A primary, which holds a store, and its standby."""

    def __init__(self, rig, is_synchronous=True):
        self.is_synchronous = is_synchronous
        self.primary = Cluster(rig, "primary")
        self.primary.make()
        self.standby = Standby(rig, self.primary)
        if is_synchronous:
            self.primary.sql("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            self.primary.sql("SELECT pg_reload_conf()")
        state = "sync" if is_synchronous else "async"
        wait_for(lambda: self.sender(state), 30, f"a standby that is {state}")

    def sender(self, state):
        """The process of the primary that feeds the standby."""
        rows = self.primary.sql(
            f"SELECT pid FROM pg_stat_replication WHERE sync_state = '{state}'"
            " AND state = 'streaming'")
        return int(rows[0][0]) if rows else None

    @property
    def ports(self):
        return self.primary.port, self.standby.port

    def serve(self):
        return self.primary.serve(*self.ports)

    def leave_behind(self):
        """From here on, a standby that is asynchronous learns nothing."""
        os.kill(self.sender("async"), signal.SIGSTOP)

    def fail_over(self):
        self.primary.kill()
        self.standby.promote()


@contextlib.contextmanager
def paired(rig, is_synchronous=True):
    pair = Pair(rig, is_synchronous)
    try:
        yield pair
    finally:
        pair.primary.stop("immediate")
        pair.standby.stop("immediate")
        for server in pair.primary, pair.standby:
            server.remove()


def failed_over(rig, record, is_synchronous=True):
    """Kills the primary among creates, and checks what the standby has."""
    with paired(rig, is_synchronous) as pair:
        with creating(pair.primary, record, *pair.ports):
            grow(record, CREATES_BEFORE)
            if not is_synchronous:
                pair.leave_behind()
                grow(record, CREATES_LOST)
            pair.fail_over()
            grow(record, CREATES_BEFORE)
        record.check(pair.standby)


def grow(record, count):
    wanted = len(record.kept) + count
    wait_for(lambda: len(record.kept) >= wanted, 60, f"{count} creates")


@test
def nothing_acknowledged_is_lost_when_a_synchronous_standby_is_promoted(rig):
    records = [Record() for _ in range(rig.times(*FAILOVERS))]
    for record in records:
        failed_over(rig, record)
    return "; ".join(record.note_text() for record in records)


@test
def a_standby_that_was_not_waited_for_is_seen_to_lose_what_was_acknowledged(rig):
    """A control."""
    return expect_failure(
        lambda: failed_over(rig, Record(), is_synchronous=False), "the standby had everything")
