"""Eight processes on two machines, with a PostgreSQL server 1 ms away from each: what one does, all
others see, and none is favoured. Proxies stand for the machines."""

import contextlib
import statistics
import threading
import time

from cluster import Cluster, running
from crowd import duel
from events import Feed
from proxy import Proxy
from rig import ORGANIZATION, OWNER, check, expect_failure, problem, test, wait_for

PROCESSES = 8
MACHINES = 2
# Each way.
AWAY_SECONDS = 0.0005
# Each with the number of `--full`.
CROWD_SECONDS = 3, 20
TOLD = 30, 200
DISABLED = 20, 200
DUELS = 60, 1000
SAME_EMAILS = 60, 1000
SHARE_MIN = 0.4
TOLD_MS_MAX = 250


@contextlib.contextmanager
def machines(rig):
    """Yields a function that starts a process on one of two machines, by its number."""
    with running(Cluster(rig)) as cluster:
        proxies = [Proxy(cluster.port, seconds=AWAY_SECONDS) for _ in range(MACHINES)]
        yield cluster, lambda at, caller=OWNER: cluster.serve(
            proxies[at % MACHINES].port, caller=caller)
        for proxy in proxies:
            proxy.close()


@test
def eight_processes_on_two_machines_write_in_fair_shares(rig):
    """All effects are there, each in one event, and a subscriber on each machine learns of all."""
    with machines(rig) as (cluster, serve):
        feeds = [Feed(serve(at)) for at in range(MACHINES)]
        servers = [serve(at) for at in range(PROCESSES)]
        made, waits = worked(servers, rig.times(*CROWD_SECONDS))
        emails = {email for each in made for email in each}
        check(cluster.emails() == {*emails, OWNER}, "the set of accounts is another one")
        cluster.check_feed()
        for feed in feeds:
            wait_for(lambda: len(feed.events) >= len(emails), 30, "the notification of all")
            feed.check_whole()
            told = sorted(event["email"] for event in feed.events)
            check(told == sorted(emails), "an account was told twice, or not")
        shares = [len(each) / len(emails) * PROCESSES for each in made]
        check_shares(shares)
        expect_failure(lambda: check_shares([*shares, 0.1]), "a process gets a tenth of its share")
        return (
            f"{len(emails)} creates; shares {min(shares):.2f} to {max(shares):.2f}, the longest"
            f" wait {max(waits):.2f} s")


def check_shares(shares):
    check(min(shares) > SHARE_MIN * max(shares), f"unfair shares: {shares}")


def worked(servers, seconds):
    """What each process has created in so many seconds, and how long each create took."""
    made, waits, problems = [[] for _ in servers], [], []
    deadline = time.monotonic() + seconds

    def work(at, server):
        while time.monotonic() < deadline:
            email, start = f"p{at}-{len(made[at])}@example.org", time.monotonic()
            reply = server.wait(server.send(
                "users.create", email=email, name="A B", org_id=ORGANIZATION))
            waits.append(time.monotonic() - start)
            if not reply or "result" not in reply:
                problems.append(reply)
                return
            made[at].append(email)

    threads = [threading.Thread(target=work, args=each) for each in enumerate(servers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(not problems, f"refused: {problems[:1]}")
    return made, waits


@test
def a_change_on_one_machine_is_told_on_the_other(rig):
    with machines(rig) as (_, serve):
        writer, reader = serve(0), serve(1)
        feed, delays = Feed(reader), []
        for at in range(rig.times(*TOLD)):
            check("result" in writer.create(f"u{at}@example.org"), "a create was refused")
            start = time.monotonic()
            wait_for(lambda: len(feed.events) > at, 30, "the notification")
            delays.append(1000 * max(0, feed.times[feed.last()] - start))
            # Not in step with the looks of the subscriber.
            time.sleep(0.013 * (at % 7))
        feed.check_whole()
        late = sorted(delays)[len(delays) * 9 // 10]
        note = f"after {statistics.median(delays):.0f} ms at the median, {max(delays):.0f} at most"
        check(late < TOLD_MS_MAX, f"late: {note}")
        return note


def disable_on_the_other_machine(serve, rounds, serve_victim, name="victim"):
    """An account is disabled on one machine; its process on the other must be refused at once."""
    owner = serve(0)
    for at in range(rounds):
        email = f"{name}{at}@example.org"
        owner.result("users.create", email=email, name="V", org_id=ORGANIZATION)
        victim = serve_victim(email)
        victim.result("users.get", user_id=email)
        owner.result("users.update", user_id=email, is_active=False)
        reply = victim.call("users.get", user_id=email)
        check("error" in reply, f"a disabled account was served: {reply}")
        victim.close()
    return f"{rounds} times"


@test
def an_account_that_one_machine_disables_is_refused_by_the_other(rig):
    with machines(rig) as (_, serve):
        return disable_on_the_other_machine(
            serve, rig.times(*DISABLED), lambda email: serve(1, caller=email))


@test
def two_owners_on_two_machines_who_demote_each_other_leave_one(rig):
    with machines(rig) as (cluster, serve):
        note = duel(serve, rig.times(*DUELS))
        cluster.check_feed()
        return note


@test
def of_two_machines_that_create_the_same_email_one_wins(rig):
    with machines(rig) as (cluster, serve):
        servers = [serve(0), serve(1)]
        return same_email(cluster, servers, rig.times(*SAME_EMAILS))


def same_email(cluster, servers, rounds):
    wins = [0, 0]
    for at in range(rounds):
        order = (0, 1) if at % 2 else (1, 0)
        sent = [(who, servers[who].send(
            "users.create", email=f"s{at}@example.org", name="A", org_id=ORGANIZATION))
            for who in order]
        replies = {who: servers[who].wait(id) for who, id in sent}
        winners = [who for who, reply in replies.items() if reply and "result" in reply]
        check(len(winners) == 1, f"{len(winners)} of two created the same email: {replies}")
        loser = replies[1 - winners[0]]
        check(problem(loser) == ("conflict", "email_taken"), f"refused otherwise: {loser}")
        wins[winners[0]] += 1
    cluster.check_feed()
    return f"{wins[0]} : {wins[1]}"
