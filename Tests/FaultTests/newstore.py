"""Making a store: two processes at once, and processes that are killed."""

import os
import random
import subprocess
import time

from rig import Failed, accounts, check, expect_failure, test

ROUNDS = 40
KILLS = 50
IS_ONE = "is already a store, and was not changed"


@test
def of_two_that_make_the_same_store_at_once_one_does_it(rig):
    for round in range(ROUNDS):
        path = rig.path(f"users-{round}.db")
        exactly_one(rig, [path, path])
    return f"{ROUNDS} rounds"


@test
def two_that_make_two_stores_are_told_apart_from_that(rig):
    """A control: two different stores must not pass as one."""
    return expect_failure(
        lambda: exactly_one(rig, [rig.path("one.db"), rig.path("two.db")]), "two new stores pass")


def exactly_one(rig, paths):
    owners = [f"owner-{at}@example.org" for at in range(2)]
    makers = [start_init(rig, path, owner) for path, owner in zip(paths, owners)]
    errors = [maker.communicate(timeout=30)[1] for maker in makers]
    codes = [maker.returncode for maker in makers]
    check(sorted(codes) == [0, 1], f"the two ended with {codes}: {errors}")
    winner = codes.index(0)
    check(IS_ONE in errors[1 - winner], f"the other prints {errors[1 - winner]!r}")
    found = accounts(paths[winner], rig.folder)
    check(list(found) == [owners[winner]], f"the store holds {list(found)}")


@test
def a_store_that_is_killed_while_it_is_made_is_whole_or_none(rig):
    dice = random.Random(11)
    started = time.monotonic()
    start_init(rig, rig.path("measured.db"), "o@example.org").wait(30)
    took = time.monotonic() - started
    tally = {}
    problems = []
    for round in range(KILLS):
        path = rig.path(f"users-{round}.db")
        maker = start_init(rig, path, "first@example.org")
        time.sleep(dice.uniform(0, took * 1.2))
        maker.kill()
        maker.communicate()
        attempt(rig, path, f"kill {round}", tally, problems)
    check(not problems, f"{len(problems)} of {KILLS} kills: {problems[:1]}")
    return f"{tally}"


@test
def a_store_that_dies_at_any_write_while_it_is_made_is_whole_or_none(rig):
    tally, problems = {}, []
    count = 0
    rig.touch("armed")
    for mode, call in (("kill", "any"), ("torn", "pwrite")):
        for number in range(1, 500):
            path = rig.path(f"{mode}-{number}.db")
            done = rig.run(
                "init", "--store", "file:" + path, "--owner", "first@example.org",
                binary=rig.dynamic, env=rig.broken_disk(mode, call=call, number=number))
            os.remove(rig.path("counters"))
            if done.returncode == 0:
                break
            count += 1
            attempt(rig, path, f"death by {mode} at call {number}", tally, problems)
    check(count > 20, f"only {count} deaths")
    check(not problems, f"{len(problems)} of {count} deaths: {problems[:1]}")
    return f"{tally}"


def attempt(rig, path, name, tally, problems):
    try:
        outcome = is_whole_or_none(rig, path)
        tally[outcome] = tally.get(outcome, 0) + 1
    except Failed as failure:
        problems.append(f"{name}: {failure}")


def is_whole_or_none(rig, path):
    """Checks the state after a death: another init either makes the store, or reports a complete
    store. Returns who made it."""
    done = start_init(rig, path, "second@example.org")
    error = done.communicate(timeout=30)[1]
    if done.returncode == 0:
        outcome, owner = "made by the second", "second@example.org"
    else:
        check(done.returncode == 1 and IS_ONE in error, f"init prints {error.strip()!r}")
        outcome, owner = "made by the first", "first@example.org"
    found = accounts(path, rig.folder)
    check(list(found) == [owner], f"the store holds {list(found)}")
    server = rig.serve(path, caller=owner)
    check("result" in server.create("user@example.org"), "the store refuses a new account")
    check(server.close() == 0, server.complaint())
    check(len(accounts(path, rig.folder)) == 2, "an account is lost")
    rig.servers.clear()
    return outcome


@test
def a_file_that_no_init_can_make_a_store_of_is_noticed(rig):
    """A control: a file that is no store must fail the check."""
    with open(rig.path("users.db"), "wb") as file:
        file.write(b"half of something")
    return expect_failure(
        lambda: is_whole_or_none(rig, rig.path("users.db")), "a file that is no store passes")


def start_init(rig, path, owner):
    return subprocess.Popen(
        [rig.roster, "init", "--store", "file:" + path, "--owner", owner],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
