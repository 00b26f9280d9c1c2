#!/usr/bin/env python3
"""A tour of Roster's methods with the generated client, which needs the standard library only.

    roster types python > examples/roster.py
    python3 examples/client.py
    python3 examples/client.py --store file:people.db --as you@example.com --org acme

Without --store it makes a store with the sample people, and removes it afterwards. The program is
$ROSTER, or roster of PATH.
"""

import argparse
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import types

from roster import Roster, RosterError

BINARY = os.environ.get("ROSTER", "roster")
SAMPLE = pathlib.Path(__file__).with_name("users.jsonl")


def start(store: str, caller: str) -> Roster:
    return Roster("--store", store, "--as", caller, program=os.environ.get("ROSTER"))


def pages(roster, **params):
    """Yields the users of users.list, one page at a time."""
    page = roster.users.list(**params)
    yield page["users"]
    while page["has_more"]:
        page = roster.users.list(**params, cursor=page["next_cursor"])
        yield page["users"]


def change(roster, user_id, decide, attempts=5):
    """Reads a user, lets `decide` choose the changes, and writes them; repeats this if another
    client has changed the user in between."""
    for _ in range(attempts):
        user = roster.users.get(user_id=user_id)
        try:
            return roster.users.update(user_id=user["id"], expected_version=user["version"],
                **decide(user))
        except RosterError as error:
            if error.reason != "version_mismatch":
                raise
            print(f"  somebody was quicker: {error}")
    raise RuntimeError(f"{user_id} changed {attempts} times while we were changing it")


# The tour. Each step checks the replies, so that this file is a test as well.

GRACE = {"email": "grace.hopper@navy.example", "name": "Grace Hopper", "auto_groups": ["crew"]}


def find_admins(roster):
    heading("Who runs the place")
    page = roster.users.list(is_superuser=True, sort_by="name", fields=["name", "email", "roles"])
    for user in page["users"]:
        print(f"  {', '.join(user['roles']):15} {user['email']:38} {user['name']}")
    expect(page["users"], "at least one owner")
    expect(page["total"] == roster.users.count(is_superuser=True),
           "users.list and users.count to agree")


def walk_organization(roster, organization):
    heading(f"Everybody in {organization}, 40 at a time")
    seen = set()
    for users in pages(roster, org_id=organization, sort_by="email", limit=40):
        seen.update(user["id"] for user in users)
        if users:
            print(f"  {len(users):3}  {address(users[0])} … {address(users[-1])}")
    count = roster.users.count(org_id=organization)
    expect(len(seen) == count, f"{count} different users on the pages, not {len(seen)}")


def create(roster, organization):
    heading("A newcomer")
    with refusal("invalid_params") as refused:
        roster.users.create(email="grace at navy", name="", shoe_size=38)
    for problem in refused.error.errors:
        print(f"  wrong: {problem['pointer']} {problem['message']}")
    expect(len(refused.error.errors) == 3, "every problem in one answer")

    user = roster.users.create(**GRACE, org_id=organization)
    print(f"  created {user['name']}, {user['status']}, version {user['version']}")
    expect((user["roles"], user["username"]) == (["member"], GRACE["email"]), "the defaults")
    return user


def create_again(roster, user, organization):
    heading("The same newcomer again")
    with refusal("email_taken") as refused:
        roster.users.create(**GRACE, org_id=organization)
    print(f"  {refused.error.code} {refused.error.reason}: {refused.error}")
    print(f"  hint: {refused.error.hint}")

    same = roster.users.create(**GRACE, org_id=organization, if_exists="return")
    expect(same == user, "the account that is there, unchanged")
    print(f"  with if_exists it is the account that was there: version {same['version']}")


def update(roster, colleague, user):
    heading("Two people change one account")

    def join_call_duty(now):
        if now["version"] == user["version"]:
            # A colleague's process writes this, so the version that we have read is outdated.
            colleague.users.update(user_id=user["id"], auto_groups=["crew", "infra"])
        return {"auto_groups": now["auto_groups"] + ["on-call"]}

    changed = change(roster, user["id"], join_call_duty)
    expect(changed["auto_groups"] == ["crew", "infra", "on-call"], "neither change to be lost")
    print(f"  both are kept: {', '.join(changed['auto_groups'])}, version {changed['version']}")


def be_refused(store, user, stranger):
    heading("What the newcomer may do")
    with start(store, user["email"]) as roster:
        print(f"  {roster.users.get_current()['capabilities']}")
        visible = roster.users.count()
        print(f"  sees {visible} users of {user['organization_id']}")
        expect(visible == roster.users.count(org_id=user["organization_id"]),
               "to see one organization")
        # The reply is the same as for an unknown account, so that a caller can't probe for emails.
        expect(roster.users.get(user_id=stranger) is None, "not to see a stranger")
        with refusal("users.create") as refused:
            roster.users.create(email="friend@navy.example", name="A friend")
        print(f"  {refused.error.code} {refused.error.kind}: {refused.error}")


def delete(roster, user):
    heading("Good-bye")
    before = roster.users.count()
    expect(roster.users.delete(user_id=user["id"], dry_run=True) is True, "a dry run")
    print(f"  a dry run says that it would work: still {roster.users.count()} users")

    expect(roster.users.delete(user_id=user["id"]) is True, "true")
    expect(roster.users.get(user_id=user["id"]) is None, "no such user")
    after = roster.users.count()
    expect(after == before - 1, "exactly one user to be gone")
    print(f"  deleted: {after} users")


def address(user):
    """The email, or the username, since service accounts may have no email."""
    return user["email"] or user["username"]


def heading(text):
    print(f"\n{text}")


def expect(is_so, what):
    if not is_so:
        sys.exit(f"client.py: expected {what}")


@contextlib.contextmanager
def refusal(word):
    """Expects that its block is refused with this reason or kind."""
    caught = types.SimpleNamespace(error=None)
    try:
        yield caught
    except RosterError as error:
        caught.error = error
        expect(word in (error.reason, error.kind), f"{word}, not {error.data}")
    expect(caught.error, f"to be refused with {word}")


@contextlib.contextmanager
def sample_store(owner):
    with tempfile.TemporaryDirectory() as folder:
        store = f"file:{folder}/users.db"
        for command in (["init", "--store", store, "--owner", owner],
                        ["import", "--store", store, str(SAMPLE)]):
            subprocess.run([BINARY, *command], check=True, stdout=subprocess.DEVNULL)
        yield store


def tour(store, caller, organization):
    with start(store, caller) as roster, start(store, caller) as colleague:
        info = roster.server.info()
        print(f"Roster {info['version']}, {info['store']} store, called by {caller}")
        find_admins(roster)
        walk_organization(roster, organization)
        user = create(roster, organization)
        create_again(roster, user, organization)
        update(roster, colleague, user)
        be_refused(store, user, stranger=caller)
        delete(roster, user)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", help="your own, such as file:people.db")
    parser.add_argument("--as", dest="caller", default="you@example.com",
                        help="an owner or admin there (%(default)s)")
    parser.add_argument("--org", default="acme", help="the organization to look at (%(default)s)")
    args = parser.parse_args()
    own_store = contextlib.nullcontext(args.store)
    with own_store if args.store else sample_store(args.caller) as store:
        tour(store, args.caller, args.org)


if __name__ == "__main__":
    main()
