"""Calls methods with the generated client for asyncio, many at the same time.

usage: every_method_async.py PROGRAM STORE OWNER ORGANIZATION
"""

from __future__ import annotations

import asyncio
import sys

from roster import AsyncRoster, RosterEnded, RosterError


async def calls_at_once(roster: AsyncRoster, organization: str) -> None:
    created = await asyncio.gather(*(
        roster.users.create(name=f"N{n}", email=f"n{n}@example.net", org_id=organization)
        for n in range(50)))
    assert [user["name"] for user in created] == [f"N{n}" for n in range(50)]
    page = await roster.users.list(email_domain="example.net", limit=50)
    assert {user["email"] for user in page["users"]} == {user["email"] for user in created}
    part = await roster.users.get(user_id=created[0]["id"], fields=["email"])
    assert part == {"email": "n0@example.net"}
    outcomes = await asyncio.gather(
        roster.users.create(name="", email="x"), roster.users.count(),
        return_exceptions=True)
    assert isinstance(outcomes[0], RosterError) and outcomes[0].kind == "invalid_params"
    assert isinstance(outcomes[1], int)


async def events(roster: AsyncRoster) -> None:
    start = (await roster.users.events(limit=1))["feed_id"]

    async def change() -> None:
        await roster.users.update(user_id="n1@example.net", name="Changed")

    seen: list[int] = []
    changing: asyncio.Task[None] | None = None
    feed = roster.events(feed_id=start, after=0)
    async for event in feed:
        if changing is None:
            changing = asyncio.create_task(change())
        seen.append(event["seq"])
        if event["type"] == "user_updated":
            break
    await feed.aclose()
    assert changing
    await changing
    assert seen == list(range(1, len(seen) + 1))
    cancelled = asyncio.create_task(roster.users.count())
    await asyncio.sleep(0)
    cancelled.cancel()
    assert await roster.users.count() > 50


async def main() -> None:
    program, store, owner, organization = sys.argv[1:]
    async with AsyncRoster("--store", store, "--as", owner, program=program) as roster:
        assert (await roster.server.info())["name"] == "roster"
        await calls_at_once(roster, organization)
        await events(roster)
    try:
        await roster.users.count()
        raise AssertionError("a closed client answered")
    except RosterEnded as ended:
        assert ended.status == 0


asyncio.run(main())
