"""What must not make a call of the generated clients wait for ever, or give it another's answer.

usage: hard_cases.py PROGRAM STORE OWNER ORGANIZATION
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from roster import AsyncRoster, Roster, RosterEnded, RosterError


def unreadable_requests(roster: Roster) -> None:
    nested: dict[str, object] = {}
    inner = nested
    for _ in range(200):
        inner["a"] = inner = {}
    for metadata in ({"a": float("nan")}, nested, {"a": "x" * 5_000_000}):
        try:
            roster.users.create(name="N", email="n@example.org", org_id="a", metadata=metadata)
            raise AssertionError("it was created")
        except (RosterError, ValueError):
            pass
    assert roster.users.count() >= 1


def another_subscription(roster: Roster, owner: str) -> None:
    for number in range(50):
        roster.users.update(user_id=owner, company=f"C{number}")
    everything = roster.events(after=0)
    assert next(everything)["seq"] == 1
    created = roster.events(after=0, types=["user_created"])
    roster.users.create(name="N", email="new@example.org", org_id="a")
    seen = [next(created)["type"] for _ in range(2)]
    assert seen == ["user_created", "user_created"], seen
    rest = list(everything)
    assert all(event["type"] in ("user_created", "user_updated") for event in rest)
    created.close()
    assert roster.users.count() >= 1


def killed(roster: Roster) -> None:
    roster._process.send_signal(signal.SIGKILL)
    for _ in range(2):
        try:
            roster.users.list(limit=1000)
        except RosterEnded as ended:
            assert ended.status == -signal.SIGKILL
        else:
            raise AssertionError("a killed process answered")


async def asynchronous(program: str, arguments: list[str]) -> None:
    async with AsyncRoster(*arguments, program=program) as roster:
        try:
            await asyncio.wait_for(roster.users.create(
                name="N", email="x@example.org", metadata={"a": float("nan")}), 10)
            raise AssertionError("it was created")
        except ValueError:
            pass
        async for event in roster.events(after=0):
            assert event["seq"] == 1
            break
        process = roster._process
        assert process
        os.kill(process.pid, signal.SIGKILL)
        try:
            await asyncio.wait_for(roster.users.count(), 10)
            raise AssertionError("a killed process answered")
        except RosterEnded:
            pass
    raise AssertionError("a killed process ended well")


def main() -> None:
    program, store, owner, _ = sys.argv[1:]
    arguments = ["--store", store, "--as", owner]
    try:
        Roster(program="/no/such/program")
        raise AssertionError("it started")
    except RosterEnded as ended:
        assert ended.status is None
    with Roster(*arguments, program=program) as roster:
        unreadable_requests(roster)
        another_subscription(roster, owner)
    victim = Roster(*arguments, program=program)
    killed(victim)
    victim.close()
    try:
        asyncio.run(asynchronous(program, arguments))
    except RosterEnded as ended:
        assert ended.status == -signal.SIGKILL


main()
# An iterator that nobody closes does not keep the interpreter from ending.
left = Roster("--store", sys.argv[2], "--as", sys.argv[3], program=sys.argv[1]).events(after=0)
next(left)
