"""The checked history of `history.py` on a PostgreSQL server, under each fault: one chain of
versions an account, told by the feed, and no reader that goes back."""

import random
import time

from cluster import Cluster, running
from failover import paired
from history import PROCESSES, Store, check_history
from proxy import Proxy
from rig import check, expect_failure, test, wait_for

# Also with `--full`.
SECONDS = 2, 20
PAUSE_SECONDS_MAX = 0.1
TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'roster'"
    " AND random() < 0.4")


class ServerStore(Store):
    """A store on a database server, which may be away."""

    may_be_away = True

    def is_started(self):
        names = {text.split("-")[0] for *_, text, version in list(self.history.attempts) if version}
        return len(names) == PROCESSES and self.history.reads or self.stopping.is_set()


def written(serve, disturb, seconds):
    """The history of a store, and a note about it; `disturb` gets the store and the seconds."""
    store = ServerStore(serve)

    def once_started(seconds):
        wait_for(store.is_started, 60, "an update by each process")
        disturb(store, seconds)

    store.run(once_started, seconds)
    store.read_feed()
    told, unknown, kept = check_history(store.history)
    check(told > 50, f"only {told} updates prove nothing")
    refused = sum(version == 0 for *_, version in store.history.attempts)
    return store.history, (
        f"{told} updates, {refused} refused, {unknown} unknown, of which {kept} were kept;"
        f" {len(store.history.reads)} reads")


def again(deed, seconds):
    """Does something now and then. Returns how often."""
    dice, deadline, count = random.Random(1), time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        time.sleep(dice.uniform(0, PAUSE_SECONDS_MAX))
        deed()
        count += 1
    return count


@test
def versions_form_one_chain_on_a_server_when_connections_are_terminated(rig):
    with running(Cluster(rig)) as cluster:
        return written(
            cluster.serve, lambda _, seconds: again(lambda: cluster.sql(TERMINATE), seconds),
            rig.times(*SECONDS))[1]


@test
def versions_form_one_chain_on_a_server_when_processes_are_killed(rig):
    with running(Cluster(rig)) as cluster:
        history, note = written(
            cluster.serve, lambda store, seconds: store.kill(seconds), rig.times(*SECONDS))
        check(history.kills > 5, f"only {history.kills} kills")
        return f"{history.kills} kills; {note}"


@test
def versions_form_one_chain_on_a_server_when_it_crashes(rig):
    def restart(_, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            time.sleep(0.5)
            cluster.restart("immediate")
        time.sleep(0.5)

    with running(Cluster(rig)) as cluster:
        return written(cluster.serve, restart, rig.times(*SECONDS))[1]


@test
def versions_form_one_chain_on_a_server_when_commits_are_cut(rig):
    notes = []
    for loses in ("answer", "text"):
        with running(Cluster(rig, loses)) as cluster:
            proxy = Proxy(cluster.port, loses=loses, every=5)
            note = written(
                lambda: cluster.serve(proxy.port), lambda _, seconds: time.sleep(seconds),
                rig.times(*SECONDS) / 2)[1]
            check(proxy.cuts > 10, f"only {proxy.cuts} were cut")
            notes.append(f"{proxy.cuts} × {loses}: {note}")
            proxy.close()
    return "; ".join(notes)


def through_failover(pair, seconds):
    def fail_over(store, seconds):
        time.sleep(seconds / 4)
        if not pair.is_synchronous:
            pair.leave_behind()
        time.sleep(seconds / 4)
        pair.fail_over()
        before = len(store.history.reads)
        wait_for(
            lambda: len(store.history.reads) > before or store.stopping.is_set(), 30,
            "a read from the standby")
        time.sleep(seconds / 2)

    return written(pair.serve, fail_over, seconds)[1]


@test
def versions_form_one_chain_through_a_failover(rig):
    """A reader that follows the address to the promoted standby doesn't go back."""
    with paired(rig) as pair:
        note = through_failover(pair, rig.times(*SECONDS))
        check(pair.standby.sql("SELECT pg_is_in_recovery()") == [["f"]], "nothing was promoted")
        return note


@test
def a_failover_to_a_standby_that_was_left_behind_is_seen_to_break_the_chain(rig):
    """A control."""
    with paired(rig, is_synchronous=False) as pair:
        return expect_failure(lambda: through_failover(pair, SECONDS[0]), "the chain was whole")
