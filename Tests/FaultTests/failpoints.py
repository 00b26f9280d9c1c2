"""Kills a debug build at each of its failpoints during each kind of change, and repeats the change
with its idempotency key: the change happens once, and each repetition returns the same reply."""

import json
import os
import re
import shutil
import signal
import sqlite3

import record
from rig import (
    HERE, ORGANIZATION, OWNER, accounts, check, expect_failure, feed_of, remove_store, request,
    test)

SOURCE = os.path.join(HERE, "../../Sources/Users/Store/Failpoint.swift")
UNTOLD = ("one_time", "token", "delivered")
KEPT_AFTER = ("committed", "letters_sent", "replies_written")
BO = "bo@example.org"
CY = "cy@example.org"
PASSWORD = "correct horse 1"


def points():
    with open(SOURCE) as file:
        found = re.findall(r"^  case (\w+)(?: = \"(\w+)\")?$", file.read(), re.M)
    return [named or name for name, named in found]


def new(email, **more):
    return {"email": email, "name": "A B", "org_id": ORGANIZATION, **more}


def operations(*operations):
    return {"operations": [{"method": m, "params": p} for m, p in operations]}


MANY = operations(
    ("users.create", new("one@example.org")),
    ("users.update", {"user_id": BO, "name": "Bo of many"}),
    ("users.delete", {"user_id": CY, "mode": "soft"}))
SOME = operations(
    ("users.create", new("one@example.org")),
    ("users.create", new(BO)),
    ("users.update", {"user_id": CY, "name": "Cy of many"}))
WAITING = ("users.create", new(CY, invite_mode="email_link"))
PERSON = ("users.create", new(BO, email_verified=True))
OTHER = ("users.create", new(CY))

# The name, the calls made before, the method, its params (or a function of the results of the calls
# before), and the types and emails of its events.
CHANGES = (
    ("create", (), "users.create", new(BO), [("user_created", BO)]),
    ("create and invite", (), "users.create", new(BO, invite_mode="email_link"),
     [("user_created", BO), ("user_invited", BO)]),
    ("update", (PERSON,), "users.update", {"user_id": BO, "name": "Bo", "metadata": {"a": 1}},
     [("user_updated", BO)]),
    ("delete", (PERSON,), "users.delete", {"user_id": BO, "mode": "soft"}, [("user_deleted", BO)]),
    ("purge", (PERSON,), "users.delete", {"user_id": BO}, [("user_deleted", BO)]),
    ("restore", (PERSON, ("users.delete", {"user_id": BO, "mode": "soft"})), "users.restore",
     lambda before: {"user_id": before[0]["id"]}, [("user_restored", BO)]),
    ("invite", (WAITING,), "users.invite", {"user_id": CY}, [("user_invited", CY)]),
    ("reset password", (PERSON,), "users.reset_password", {"user_id": BO},
     [("password_reset_requested", BO)]),
    ("create token", (PERSON,), "users.create_token", {"user_id": BO, "name": "nightly"},
     [("token_created", BO)]),
    ("revoke token", (PERSON, ("users.create_token", {"user_id": BO, "name": "nightly"})),
     "users.revoke_token", lambda before: {"token_id": before[1]["id"]}, [("token_revoked", BO)]),
    ("bulk atomic", (PERSON, OTHER), "users.bulk", {**MANY, "atomic": True},
     [("user_created", "one@example.org"), ("user_updated", BO), ("user_deleted", CY)]),
    ("bulk", (PERSON, OTHER), "users.bulk", SOME,
     [("user_created", "one@example.org"), ("user_updated", CY)]),
    ("accept invitation", (WAITING,), "users.accept_invitation",
     lambda before: {
         "token": before[0]["one_time"]["invitation_token"], "password": PASSWORD},
     [("invitation_accepted", CY)]),
    ("change password",
     (("users.create", new(BO, invite_mode="temporary_password")),), "users.change_password",
     lambda before: {
         "email": BO, "current_password": before[0]["one_time"]["temporary_password"],
         "new_password": PASSWORD},
     [("invitation_accepted", BO), ("password_changed", BO)]),
    ("complete password reset", (PERSON, ("users.reset_password", {"user_id": BO})),
     "users.complete_password_reset",
     lambda before: {"token": before[1]["one_time"]["reset_token"], "new_password": PASSWORD},
     [("password_changed", BO)]),
)


@test
def a_call_that_was_killed_anywhere_can_be_repeated_under_its_key(rig):
    hits = {point: 0 for point in points()}
    for change in CHANGES:
        for mail in (False, True) if change[0] in ("create and invite", "invite") else (False,):
            killed_everywhere(rig, change, mail, hits)
    check(all(hits.values()), f"no change reached some of the failpoints: {hits}")
    # Only some changes reach these failpoints.
    some = ("user_written", "secret_written", "operation_done", "letters_sent")
    everywhere = [point for point in hits if point not in some]
    for point in everywhere:
        check(hits[point] == len(CHANGES) + 2, f"not every change reached {point}: {hits}")
    return f"{sum(hits.values())} kills; " + ", ".join(f"{p} {n}" for p, n in hits.items())


def killed_everywhere(rig, change, mail, hits):
    name, before, method, params, events = change
    begun = prepared(rig, before)
    params = params(begun) if callable(params) else params
    start = picture(rig, rig.path("begun.db"))
    case = Case(rig, method, {**params, "idempotency_key": "k"}, mail)

    case.begin()
    case.answer(case.run())
    wanted = picture(rig, case.store)
    happened = wanted["events"][len(start["events"]):]
    check(
        [(type, email) for type, email, _, _ in happened] == events,
        f"{name} has the events {happened}")
    for point in hits:
        label = f"{name}{' with mail' if mail else ''}, killed at {point}"
        case.begin()
        died = case.run(rig.dynamic, {"ROSTER_FAILPOINT": point})
        if died.returncode != -signal.SIGKILL:
            check(case.answer(died), f"{label}: {died}")
            continue
        hits[point] += 1
        if point not in KEPT_AFTER:
            same(label, picture(rig, case.store), start)
        second, third, fourth = (case.answer(case.run()) for _ in range(3))
        if point in KEPT_AFTER:
            check(second == third, f"{label}: {second!r}, then {third!r}")
        check(told(second) == told(third), f"{label}: {second!r}, then {third!r}")
        check(third == fourth, f"{label}: {third!r}, then {fourth!r}")
        check('"one_time"' not in third and '"token":' not in third, f"{label}: {third}")
        same(label, picture(rig, case.store), wanted)
        if mail:
            letters = len([n for n in os.listdir(case.letters) if n.endswith(".eml")])
            check(letters == (point != "committed"), f"{label}: {letters} letters")


def same(label, found, wanted):
    for part in wanted:
        check(
            found[part] == wanted[part],
            f"{label}: {part} are {found[part]}, and should be {wanted[part]}")


def told(line):
    """The result of a reply without the values that a repetition does not return."""
    result = json.loads(line)["result"]
    if isinstance(result, dict):
        result = {
            name: value for name, value in result.items()
            if name not in (*UNTOLD, "id", "user_id", "created_at", "updated_at", "expires_at")
        } | {"id": result.get("id")}
    return result


class Case:
    """One call on a new copy of the store that the calls before have prepared."""

    def __init__(self, rig, method, params, mail):
        self.rig = rig
        self.line = request(7, method, params) + "\n"
        self.store = rig.path("users.db")
        self.letters = rig.path("letters")
        self.options = ["--mail", "dir:" + self.letters] if mail else []

    def begin(self):
        remove_store(self.store)
        shutil.copyfile(self.rig.path("begun.db"), self.store)
        shutil.rmtree(self.letters, ignore_errors=True)
        os.mkdir(self.letters, 0o700)

    def run(self, binary=None, env=None):
        return self.rig.run(
            "serve", "--store", "file:" + self.store, "--as", OWNER, *self.options,
            binary=binary, env=env, input=self.line)

    def answer(self, done):
        """The reply's text; the call must succeed."""
        check(
            done.returncode == 0 and '"result":' in done.stdout,
            f"{self.line.strip()} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout


def prepared(rig, calls):
    """Makes begun.db with these calls. Returns their results."""
    for name in os.listdir(rig.folder):
        if name.startswith("begun.db"):
            os.remove(rig.path(name))
    server = rig.serve(rig.store("begun.db"))
    answers = [server.result(method, **params) for method, params in calls]
    check(server.close() == 0, server.complaint())
    return answers


def picture(rig, store):
    """The content of the store without ids, times and secrets, which differ each time."""
    accounts(store, rig.folder)
    base = sqlite3.connect(rig.path("copy.db"))
    rows = {
        "tokens":
            "SELECT email, kind, tokens.name, capabilities FROM tokens"
            " JOIN users ON users.key = user_key ORDER BY 1, 2, 3",
        "passwords":
            "SELECT email, temporary_until IS NULL FROM passwords"
            " JOIN users ON users.key = user_key ORDER BY 1",
        "answers": "SELECT count(*) FROM answers",
    }
    found = {name: base.execute(sql).fetchall() for name, sql in rows.items()}
    timed = ("key", "tail", "updated_at", "last_login")
    found["accounts"] = [
        {name: value for name, value in account.items() if name not in timed}
        | {"deleted_at": account["deleted_at"] is not None} for account in record.rows(base)]
    base.close()
    # Events of tokens contain ids and times.
    found["events"] = [
        (event["type"], event["email"], event["seq"],
         re.sub(r'"[0-9a-f]{8}-[^"]*"|"\d{4}-\d\d-[^"]*"', '""', event["changes"]))
        for event in feed_of(rig.path("copy.db"))]
    return found


@test
def a_call_that_was_killed_and_repeated_without_a_key_is_seen_to_happen_twice(rig):
    """A control: without an idempotency key, the repeated call must take effect a second time."""
    prepared(rig, (WAITING,))
    case = Case(rig, "users.invite", {"user_id": CY}, False)
    case.begin()
    case.answer(case.run())
    once = picture(rig, case.store)
    case.begin()
    died = case.run(rig.dynamic, {"ROSTER_FAILPOINT": "committed"})
    check(died.returncode == -signal.SIGKILL, f"the process did not die: {died}")
    case.answer(case.run())
    return expect_failure(
        lambda: same("no key", picture(rig, case.store), once), "a second invitation")[:60]
