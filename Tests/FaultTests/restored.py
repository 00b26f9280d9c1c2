"""Which credentials work after a restore, and what running servers take over from it."""

import calendar
import json
import os
import sqlite3
import time

from restore import back_up, restore
from rig import ORGANIZATION, OWNER, check, expect_failure, problem, test

PASSWORD = "correct horse battery"
NEW_PASSWORD = "another horse altogether"
TEN_YEARS = 10 * 365 * 86_400
SLACK_SECONDS = 60
REFUSED = ("unauthenticated", "not_found", "permission_denied")
AUDITOR = {"roles": {"auditor": {"grants": [{"capability": "users.read", "scope": "all"}]}}}


class Directory:
    """A store with people and valid credentials of every kind."""

    def __init__(self, rig):
        self.rig = rig
        self.store, self.backup = rig.store(), rig.path("backup.db")
        self.server = rig.serve(self.store)
        self.secrets = {}
        for name in ("ann", "bob"):
            token = self.create(name, invite_mode="email_link")["one_time"]["invitation_token"]
            self.server.result("users.accept_invitation", token=token, password=PASSWORD)
        self.secrets["session"] = self.server.result(
            "users.authenticate", email="ann@example.org", password=PASSWORD
        )["one_time"]["session_token"]
        self.secrets["reset"] = self.server.result(
            "users.reset_password", user_id="bob@example.org")["one_time"]["reset_token"]
        self.secrets["invitation"] = self.create(
            "ivy", invite_mode="email_link")["one_time"]["invitation_token"]
        self.secrets["temporary"] = self.create(
            "tom", invite_mode="temporary_password")["one_time"]["temporary_password"]
        self.create("kim")
        self.create("gus")
        self.ids = {}
        for name, owner in (("kept", "kim"), ("revoked", "kim"), ("orphaned", "gus")):
            made = self.server.result(
                "users.create_token", user_id=owner + "@example.org", name=name)
            self.secrets[name], self.ids[name] = made["token"], made["id"]

    def create(self, name, **more):
        return self.server.result(
            "users.create", email=name + "@example.org", name=name, org_id=ORGANIZATION, **more)

    def serve(self, secret):
        """A server whose caller is the owner of this token."""
        path = self.rig.path("token-" + secret)
        with open(path, "w") as file:
            os.chmod(path, 0o600)
            file.write(self.secrets[secret])
        return self.rig.serve(self.store, caller=None, options=["--token-file", path])

    def opens(self, secret, server=None):
        """Whether the credential is accepted. A one-time secret is used up by this."""
        text, call = self.secrets[secret], self.server.call
        if secret == "reset":
            reply = call("users.complete_password_reset", token=text, new_password=NEW_PASSWORD)
        elif secret == "invitation":
            reply = call("users.accept_invitation", token=text, password=PASSWORD)
        elif secret == "temporary":
            reply = call(
                "users.change_password", email="tom@example.org", current_password=text,
                new_password=NEW_PASSWORD)
        else:
            reply = (server or self.serve(secret)).call("users.get_current")
        check("result" in reply or problem(reply)[0] in REFUSED, f"{secret}: {reply}")
        return "result" in reply


@test
def a_restored_store_opens_to_nobody_whom_the_replaced_one_would_not_have_let_in(rig):
    """Sessions, resets, invitations and temporary passwords end in every restore."""
    return ended(rig, [], {"kept"}, 6)


@test
def with_keep_tokens_the_api_tokens_of_the_backup_stay(rig):
    return ended(rig, ["--keep-tokens"], {"kept", "revoked", "orphaned"}, 4)


@test
def tokens_that_stay_though_they_were_revoked_are_noticed(rig):
    """A control: revoked tokens that work again must be noticed."""
    note = expect_failure(
        lambda: ended(rig, ["--keep-tokens"], {"kept"}, 4), "revoked tokens work again")
    check("revoked" in note, note)
    return note


def ended(rig, options, kept, count):
    directory = Directory(rig)
    servers = {name: directory.serve(name) for name in ("session", "kept", "revoked", "orphaned")}
    back_up(rig, directory.store, directory.backup)
    check(
        all(directory.opens(name, server) for name, server in servers.items()),
        "a token does not work before the restore")
    call = directory.server.result
    call("users.revoke_token", token_id=directory.ids["revoked"])
    call("users.delete", user_id="gus@example.org")
    late = call("users.create_token", user_id="kim@example.org", name="late")
    directory.secrets["late"] = late["token"]
    servers["late"] = directory.serve("late")
    check(directory.opens("late", servers["late"]), "a new token does not work")
    told = restore(rig, directory.backup, directory.store, *options)
    opened = {
        name for name in directory.secrets
        if directory.opens(name) or name in servers and directory.opens(name, servers[name])}
    check(
        opened == kept, f"after the restore these work: {sorted(opened)}, expected {sorted(kept)}")
    listed = {
        token["name"] for token in call("users.list_tokens", user_id="kim@example.org")
        + call("users.list_tokens", user_id="gus@example.org")}
    check(listed == kept, f"listed are {listed}")
    check(told["access_ended"] == count, f"it printed {told}, and {count} ended")
    check(told["accounts"] == 7, f"it printed {told}")
    # Passwords are the backup's, and new invitations and resets replace those that ended.
    call("users.authenticate", email="bob@example.org", password=PASSWORD)
    for name in ("ivy", "tom"):
        call("users.invite", user_id=name + "@example.org")
    call("users.reset_password", user_id="bob@example.org")
    check(
        "" == rig.run("doctor", "--store", "file:" + directory.store).stderr,
        "doctor prints an error")


@test
def a_backup_that_is_restored_twice_revives_nothing_by_the_second_time(rig):
    directory = Directory(rig)
    back_up(rig, directory.store, directory.backup)
    restore(rig, directory.backup, directory.store, "--keep-tokens")
    check(directory.opens("revoked"), "a token that was kept does not work")
    directory.server.result("users.revoke_token", token_id=directory.ids["revoked"])
    told = restore(rig, directory.backup, directory.store)
    check(told["access_ended"] == 5, f"the second restore printed {told}")
    for name, due in (("kept", True), ("revoked", False), ("session", False), ("reset", False)):
        check(directory.opens(name) == due, f"{name} works: {not due}")


# --- What running servers take over ---------------------------------------------------------------


@test
def running_servers_take_the_policy_of_the_restored_store_at_once(rig):
    store, policy = rig.store(), rig.path("policy.json")
    with open(policy, "w") as file:
        json.dump(AUDITOR, file)
    owner = rig.serve(store)
    check("result" in owner.create("eve@example.org", roles=["auditor"]), "a create was refused")
    back_up(rig, store, rig.path("without.db"))
    done = rig.run("policy", "set", policy, "--store", "file:" + store)
    check(done.returncode == 0, done.stderr)
    back_up(rig, store, rig.path("with.db"))
    eve = rig.serve(store, caller="eve@example.org")
    for round in range(3):
        for name, due in (("with.db", True), ("without.db", False)):
            restore(rig, rig.path(name), store)
            reply = eve.call("users.count")
            check(("result" in reply) == due, f"{name}: a running server replied {reply}")
            reply = rig.serve(store, caller="eve@example.org").call("users.count")
            check(("result" in reply) == due, f"{name}: a new server replied {reply}")
            shown = rig.run("policy", "show", "--store", "file:" + store).stdout
            check(("auditor" in shown) == due, f"{name}: policy show prints {shown}")


@test
def running_servers_take_the_cursor_key_of_the_restored_store_at_once(rig):
    store, same, other = rig.store(), rig.path("same.db"), rig.path("other.db")
    running = rig.serve(store)
    for at in range(6):
        running.create(f"u{at}@example.org")
    back_up(rig, store, same)
    back_up(rig, store, other)
    base = sqlite3.connect(other)
    changed = base.execute(
        "UPDATE store_settings SET value = ? WHERE name = 'cursor_key'", ("B" * 42 + "A",)).rowcount
    base.commit()
    base.close()
    check(changed == 1, "there is no cursor key")
    first = page(running)["next_cursor"]
    restore(rig, other, store)
    reply = running.call("users.list", limit=2, cursor=first)
    check(
        reply.get("error", {}).get("code") == -32602, f"a cursor of the replaced store: {reply}")
    fresh = rig.serve(store)
    for one, two in ((running, fresh), (fresh, running)):
        given = page(one)["next_cursor"]
        check(page(two, given)["users"] == page(one, given)["users"], "the pages differ")
    restore(rig, same, store)
    check(len(page(running, first)["users"]) == 2, "a cursor from the time of the backup")
    check(len(page(rig.serve(store), first)["users"]) == 2, "the same cursor in a new server")


def page(server, cursor=None):
    return server.result("users.list", limit=2, cursor=cursor)


@test
def running_servers_take_the_clock_of_the_restored_store_at_once(rig):
    """The events of a replaced store whose clock was ahead do not make later times later, and new
    events are never earlier than those of the restored store."""
    store = rig.store()
    running = rig.serve(store)
    running.create("early@example.org")
    back_up(rig, store, rig.path("sound.db"))
    with open(rig.path("clock"), "w") as file:
        file.write(str(TEN_YEARS))
    ahead = rig.serve(store, ("clock",), {"FAULT_CLOCK": rig.path("clock")})
    check("result" in ahead.create("ahead@example.org"), "a create was refused")
    check(ahead.close() == 0, ahead.complaint())
    check(years_ahead(running, "follows") > 9, "time went back before any restore")
    back_up(rig, store, rig.path("ahead.db"))
    for round, (name, low, high) in enumerate((
        ("sound.db", -0.01, 0.01), ("ahead.db", 9, 11), ("sound.db", -0.01, 0.01),
    )):
        restore(rig, rig.path(name), store)
        for server in (running, rig.serve(store)):
            years = years_ahead(server, f"late-{round}-{server.pid}")
            check(low < years < high, f"{name}: new events are dated {years:.2f} years ahead")
        events = running.result("users.events", after=0, limit=1000)["events"]
        times = [event["at"] for event in events]
        check(times == sorted(times), f"{name}: the feed goes back in time: {times}")


def years_ahead(server, name):
    user = server.create(f"{name}@example.org")["result"]
    event = server.result("users.events", user_id=user["id"])["events"][-1]
    times = {seconds(user["created_at"]), seconds(event["at"])}
    check(max(times) - min(times) < SLACK_SECONDS, f"account and event differ: {user}, {event}")
    return (min(times) - time.time()) / (365 * 86_400)


def seconds(text):
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


@test
def a_caller_that_the_restored_store_lacks_or_blocks_is_refused_at_once(rig):
    store = rig.store()
    owner = rig.serve(store)
    for name in ("blocked", "changed"):
        check("result" in owner.create(f"{name}@example.org", roles=["admin"]), "a create")
    owner.result("users.update", user_id="blocked@example.org", is_blocked=True)
    back_up(rig, store, rig.path("backup.db"))
    owner.result("users.update", user_id="blocked@example.org", is_blocked=False)
    owner.result("users.update", user_id="changed@example.org", roles=["member"])
    check("result" in owner.create("late@example.org", roles=["admin"]), "a create was refused")
    servers = {
        name: rig.serve(store, caller=f"{name}@example.org")
        for name in ("blocked", "changed", "late")}
    for server in servers.values():
        server.result("users.count")
    check(problem(servers["changed"].create("x@example.org")), "a member creates accounts")
    restore(rig, rig.path("backup.db"), store)
    for name in ("blocked", "late"):
        for reply in (servers[name].call("users.count"), servers[name].create("y@example.org")):
            check(problem(reply) and problem(reply)[0] == "unauthenticated", f"{name}: {reply}")
    check("result" in servers["changed"].create("z@example.org"), "an admin creates no accounts")
    check(OWNER in {u["email"] for u in owner.result("users.list")["users"]}, "no owner")
