"""Calls every method with the generated client for Python.

usage: every_method.py PROGRAM STORE OWNER ORGANIZATION
"""

from __future__ import annotations

import sys

from roster import EventType, Roster, RosterEnded, RosterError, SubscriptionEnded, User


def email_of(user: User) -> str:
    email = user["email"]
    assert email
    return email


def secret(answer: str | None) -> str:
    assert answer
    return answer


def refused(roster: Roster) -> None:
    try:
        roster.users.create(name="", email="no address")
        raise AssertionError("an invalid account was created")
    except RosterError as error:
        assert error.kind == "invalid_params" and error.code == -32602
        assert {problem["pointer"] for problem in error.errors} >= {"/name", "/email"}
    try:
        roster.users.update(user_id="nobody@example.org", name="N")
        raise AssertionError("an unknown account was updated")
    except RosterError as error:
        assert (error.kind, error.reason) == ("not_found", None) and error.hint


def accounts(roster: Roster, organization: str) -> User:
    created = roster.users.create(name="Ada", email="ada@example.org", org_id=organization)
    assert created["status"] == "active" and roster.users.count(org_id=organization) >= 1
    page = roster.users.list(org_id=organization, sort_by="name", limit=10)
    assert email_of(created) in {user["email"] for user in page["users"]}
    some = roster.users.list(fields=["email"])
    assert all(list(user) == ["email"] for user in some["users"])
    user = roster.users.get(user_id="ada@example.org")
    assert user and user["id"] == created["id"]
    part = roster.users.get(user_id=user["id"], fields=["name"])
    assert part and part.get("name") == "Ada"
    changed = roster.users.update(user_id=user["id"], company="Acme", metadata={"team": 7})
    assert changed["company"] == "Acme" and changed["version"] == user["version"] + 1
    assert roster.users.delete(user_id=user["id"], mode="soft") is True
    restored = roster.users.restore(user_id=user["id"])
    assert restored["email"] == "ada@example.org"
    bulk = roster.users.bulk(operations=[
        {"method": "users.update", "params": {"user_id": user["id"], "job_title": "Engineer"}}])
    assert bulk["committed"]
    return restored


def passwords(roster: Roster, organization: str) -> str:
    email = "bo@example.org"
    invited = roster.users.create(
        name="Bo", email=email, org_id=organization, invite_mode="email_link")
    assert invited["status"] == "invited"
    again = roster.users.invite(user_id=email)
    token = secret(again.get("one_time", {"expires_at": ""}).get("invitation_token"))
    accepted = roster.users.accept_invitation(token=token, password="one quiet walk")
    assert accepted["status"] == "active"
    roster.users.change_password(
        email=email, current_password="one quiet walk", new_password="two quiet walks")
    reset = roster.users.reset_password(user_id=email)
    token = secret(reset.get("one_time", {"expires_at": ""}).get("reset_token"))
    roster.users.complete_password_reset(token=token, new_password="three quiet walks")
    session = roster.users.authenticate(email=email, password="three quiet walks")
    return secret(session.get("one_time", {"expires_at": ""}).get("session_token"))


def tokens(roster: Roster) -> None:
    me = roster.users.get_current()
    assert me["capabilities"]["users.read"] == "all"
    made = roster.users.create_token(name="reads", scopes=["users.read"])
    assert secret(made.get("token"))
    assert [token["id"] for token in roster.users.list_tokens()] == [made["id"]]
    assert roster.users.revoke_token(token_id=made["id"]) is True


def events(roster: Roster, user: User) -> None:
    page = roster.users.events(limit=3)
    assert len(page["events"]) == 3 and page["has_more"]
    wanted: list[EventType] = ["user_updated"]
    seen = 0
    feed = roster.events(after=page["next"], types=wanted)
    roster.users.update(user_id=user["id"], name="Ada L.")
    for event in feed:
        seen += 1
        if event["changes"].get("name") is not None:
            break
    feed.close()
    assert seen >= 1
    # Subscribing by hand works too; the events then go to no iterator.
    assert roster.users.subscribe()["after"] > page["next"]
    assert roster.users.unsubscribe() is True


def main() -> None:
    program, store, owner, organization = sys.argv[1:]
    with Roster("--store", store, "--as", owner, program=program) as roster:
        assert roster.server.info()["name"] == "roster"
        assert roster.rpc.discover()["openrpc"] == "1.3.2"
        refused(roster)
        user = accounts(roster, organization)
        session = passwords(roster, organization)
        tokens(roster)
        events(roster, user)
        for ending in roster.events(), roster.events():
            last = ending
    assert list(last) == []
    with Roster("--store", store, program=program, env={"ROSTER_TOKEN": session}) as person:
        assert person.users.sign_out() is True
    try:
        roster.users.count()
        raise AssertionError("a closed client answered")
    except RosterEnded as ended:
        assert ended.status == 0
    with Roster("--store", store, "--as", "no@example.org", program=program) as refused_start:
        try:
            refused_start.users.count()
            raise AssertionError("an unknown caller was served")
        except RosterEnded as ended:
            assert ended.status == 1
        refused_start.close()
        raise SystemExit(0)


assert issubclass(SubscriptionEnded, Exception)
main()
