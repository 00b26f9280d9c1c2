"""Controls: a proxy alters the statements of Roster, as if Roster's own code were wrong, and the
rigs for PostgreSQL must notice. Each altered statement has as many bytes as the real one."""

from cluster import Cluster, Creator, Record, running
from crowd import duel
from machines import disable_on_the_other_machine
from proxy import Proxy
from rig import check, expect_failure, test, wait_for

CUTS = 10
ROUNDS = 100


class Lie:
    """Replaces texts by others of the same length, in blocks that have one text."""

    def __init__(self, mark, *pairs):
        self.mark = mark.encode()
        self.pairs = [(old.encode(), new.encode()) for old, new in pairs]
        for old, new in self.pairs:
            check(len(old) == len(new), f"{new!r} is not as long as {old!r}")
        self.count = 0

    def __call__(self, block):
        if self.mark not in block:
            return block
        for old, new in self.pairs:
            check(old in block, f"the statements have no {old}")
            block = block.replace(old, new)
        self.count += 1
        return block


LOOK_UP = "seq = $1 AND stamp = $2"
ALWAYS_KEPT = Lie(
    LOOK_UP, (LOOK_UP, "seq = $1 OR stamp <> $2"),
    ("SELECT revision, seq, at,", "SELECT revision+1, seq,at"))
ALWAYS_LOST = Lie(LOOK_UP, ("SELECT revision, seq, at,", "SELECT revision-9, seq,at"))


def cut(rig, name, loses, lie):
    """Cuts commits before a server whose answer about a lost commit is altered."""
    record = Record()
    with running(Cluster(rig, name)) as cluster:
        proxy = Proxy(cluster.port, loses=loses, every=3, rewrite=lie)
        creator = Creator(cluster, record, "c", proxy.port)
        creator.start()
        wait_for(lambda: proxy.cuts >= CUTS or creator.failure, 60, f"cutting {CUTS} commits")
        creator.finish()
        proxy.close()
        record.check(cluster)


@test
def a_lookup_of_commits_that_always_says_the_same_is_noticed(rig):
    cut(rig, "true", "text", None)
    kept = expect_failure(
        lambda: cut(rig, "kept", "text", ALWAYS_KEPT), "the look-up always says kept")
    check("acknowledged and lost" in kept, f"noticed as something else: {kept}")
    lost = expect_failure(
        lambda: cut(rig, "lost", "answer", ALWAYS_LOST), "the look-up always says lost")
    check("email_taken" in lost, f"noticed as something else: {lost}")
    return f"{ALWAYS_KEPT.count} and {ALWAYS_LOST.count} answers altered"


@test
def a_revision_that_is_not_checked_is_noticed(rig):
    """The answers to a process always have the revision of its start."""
    with running(Cluster(rig)) as cluster:
        def serve_victim(email):
            (revision,), = cluster.sql("SELECT revision FROM roster.directory")
            lie = Lie(
                "d.revision", ("SELECT d.revision", f"SELECT {revision + '::int8':>10}"))
            return cluster.serve(Proxy(cluster.port, rewrite=lie).port, caller=email)

        serve = lambda _, **facts: cluster.serve(**facts)
        disable_on_the_other_machine(serve, 2, lambda email: cluster.serve(caller=email))
        noticed = expect_failure(
            lambda: disable_on_the_other_machine(serve, 1, serve_victim, "other"),
            "a disabled account was refused")
        check("was served" in noticed, f"noticed as something else: {noticed}")


@test
def writers_that_do_not_lock_are_noticed(rig):
    """Without the lock, the key of the events still keeps writers apart; without both, two owners
    demote each other."""
    with running(Cluster(rig)) as cluster:
        cluster.sql("ALTER TABLE roster.events DROP CONSTRAINT events_pkey")
        proxy = Proxy(
            cluster.port, rewrite=Lie(" FOR UPDATE", (" FOR UPDATE", "           ")))
        return expect_failure(
            lambda: duel(lambda _, **facts: cluster.serve(proxy.port, **facts), ROUNDS),
            "an owner always stays")
