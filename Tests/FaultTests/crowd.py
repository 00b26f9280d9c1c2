"""Many processes that write at the same time."""

import threading
import time

from rig import ORGANIZATION, OWNER, accounts, check, expect_failure, problem, test

PROCESSES = 16
WRITES = 200
SHARED_EMAILS = 50
ROUNDS = 1000
UNLOCKED = {"FAULT_NO_FLOCK": "1", "FAULT_NO_RECORD_LOCKS": "1"}


@test
def sixteen_processes_write_at_once_and_all_effects_are_there(rig):
    return crowd(rig, PROCESSES, WRITES, (), {})


@test
def without_locks_the_crowd_is_seen_to_lose_writes(rig):
    """A control: without locks, writes must get lost."""
    expect_failure(lambda: crowd(rig, 4, 50, ("locks",), UNLOCKED), "no write is lost")


def crowd(rig, processes, writes, preload, env):
    store = rig.store()
    servers = [rig.serve(store, preload, env) for _ in range(processes)]
    wins, problems, waits = [], [], []
    start = threading.Barrier(processes)

    def work(number, server):
        start.wait()
        for at in range(max(writes, SHARED_EMAILS)):
            emails = [f"own-{number}-{at}@example.org"] if at < writes else []
            if at < SHARED_EMAILS:
                # Each process starts at a different email, so that they collide.
                emails.append(f"shared-{(at + number * 3) % SHARED_EMAILS}@example.org")
            for email in emails:
                started = time.monotonic()
                reply = server.create(email)
                waits.append(time.monotonic() - started)
                if "result" in reply:
                    wins.append(email)
                elif email.startswith("own") or problem(reply) != ("conflict", "email_taken"):
                    problems.append(reply)

    def safely(number, server):
        try:
            work(number, server)
        except Exception as error:
            problems.append(error)

    threads = [
        threading.Thread(target=safely, args=each, daemon=True) for each in enumerate(servers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)
    check(not problems, f"{len(problems)} writes were refused, the first: {problems[:1]}")
    for server in servers:
        check(server.close() == 0, server.complaint())
    check(len(wins) == len(set(wins)), f"{len(wins) - len(set(wins))} emails were accepted twice")
    check(len(wins) == processes * writes + SHARED_EMAILS, f"{len(wins)} creates succeeded")
    found = accounts(store, rig.folder)
    check(found.keys() == {*wins, OWNER}, f"{len(found)} accounts, {len(wins) + 1} acknowledged")
    return f"longest wait {max(waits) * 1000:.0f} ms of {len(waits)} writes"


@test
def two_owners_who_demote_each_other_at_once_leave_one(rig):
    return duel_in_file(rig, ROUNDS, (), {})


@test
def without_locks_the_duel_is_seen_to_leave_none(rig):
    """A control: without locks, both owners must be demoted in some round."""
    return expect_failure(
        lambda: duel_in_file(rig, ROUNDS, ("locks",), UNLOCKED), "both always lose")


DEEDS = (
    ("users.update", {"roles": ["admin"]}),
    ("users.update", {"is_active": False}),
    ("users.update", {"is_blocked": True}),
    ("users.update", {"roles": ["member"], "org_id": ORGANIZATION}),
)
PARDON = {"roles": ["owner"], "is_active": True, "is_blocked": False}


RIVAL = "rival@example.org"


def duel_in_file(rig, rounds, preload, env):
    store = rig.store()
    note = duel(
        lambda _, **facts: rig.serve(store, preload, env, **facts), rounds)
    check(accounts(store, rig.folder).keys() == {OWNER, RIVAL}, "the set of accounts has changed")
    return note


def duel(serve, rounds):
    """Two owners demote each other, so many times. `serve` gets the number of the process."""
    first = serve(0)
    reply = first.call("users.create", email=RIVAL, name="Rival", roles=["owner"])
    check("result" in reply, f"the second owner was refused: {reply}")
    second = serve(1, caller=RIVAL)
    wins = [0, 0]
    for round in range(rounds):
        method, params = DEEDS[round % len(DEEDS)]
        # Both know the present state, so that neither has to look first.
        for server in first, second:
            server.result("users.get", user_id=OWNER)
        # The order of the two requests alternates from round to round.
        pair = [(0, first, RIVAL), (1, second, OWNER)]
        sent = [
            (who, server, server.send(method, user_id=target, **params))
            for who, server, target in (pair if round % 2 else reversed(pair))]
        replies = {who: server.wait(id) for who, server, id in sent}
        winners = [who for who, reply in replies.items() if reply and "result" in reply]
        check(
            len(winners) < 2, f"round {round}: both demotions were committed, so no owner is left")
        check(len(winners) == 1, f"round {round}: both demotions were refused: {replies}")
        winner = (first, second)[winners[0]]
        loser = (RIVAL, OWNER)[winners[0]]
        wins[winners[0]] += 1
        owners = winner.result("users.list", role="owner", status=["active"])["users"]
        check(len(owners) == 1, f"round {round}: {len(owners)} active owners")
        reply = winner.call("users.update", user_id=loser, **PARDON)
        check("result" in reply, f"round {round}: the winner can't reinstate the other: {reply}")
    check(first.close() == 0, first.complaint())
    check(second.close() == 0, second.complaint())
    return f"{wins[0]} : {wins[1]}"
