"""What stores of older formats still hold after their migration."""

import json
import sqlite3

import damage
import doctor
import record
from limits import accept
from migrate import BACK_TO, FORMAT, Old
from rig import ORGANIZATION, Failed, check, expect_failure, problem, test

PASSWORD = "a right password"


@test
def an_old_store_keeps_all_that_its_people_had(rig):
    """Also their secrets, the roles of deleted accounts, the policy and the feed, as far as its
    format had them."""
    had = {}
    old = Old(rig, live=lambda old: live(old, had))
    for old.format in BACK_TO:
        old.put()
        check(old.check() == old.format, "the store has another format")
        server = rig.serve(old.store)
        server.result("server.info")
        check(old.check() == FORMAT, "the store was not migrated")
        doctor.others_are_well(doctor.doctor(rig, old.store))
        if old.format > 1:
            check(old.has_feed(), f"format {old.format}: the feed has changed")
            check_had(rig, old, server, had)
        check(server.close() == 0, server.complaint())
        rig.servers.clear()


def live(old, had):
    """A life with everything that a store keeps."""
    rig, policy = old.rig, old.rig.path("policy.json")
    with open(policy, "w") as file:
        json.dump({"roles": {"auditor": {"grants": [
            {"capability": "users.read", "scope": "organization"}]}}}, file)
    done = rig.run("policy", "set", policy, "--store", "file:" + old.store)
    check(done.returncode == 0, done.stderr)
    server = rig.serve(old.store)
    for each in ("ann", "Löwe", "bot", "gone", "mover"):
        accept(server, f"{each}@example.org", PASSWORD)
    server.result("users.create", name="Service", org_id=ORGANIZATION, is_service_account=True)
    server.result(
        "users.update", user_id="ann@example.org", name="Ann Ōkami\u0301", username="Annie",
        metadata={"b": [1, 2.50, {"a": "\u2028"}], "a": None}, avatar_url="https://example.org/a",
        company="Ash & Co", job_title="Head", auto_groups=["red", "green"],
        roles=["annotator", "auditor"])
    server.result("users.update", user_id="bot@example.org", oauth_provider="github", oauth_id="9")
    server.result("users.update", user_id="gone@example.org", roles=["annotator", "fan"])
    had["gone"] = server.result("users.get", user_id="gone@example.org")["id"]
    server.result("users.delete", user_id="gone@example.org", mode="soft")
    had["roles"] = server.result("users.restore", user_id=had["gone"], dry_run=True)["roles"]
    check("member" not in had["roles"], f"restored with {had['roles']}")
    server.result("users.update", user_id="mover@example.org", org_id="globex")
    server.result("users.authenticate", email="ann@example.org", password=PASSWORD)
    had["token"] = server.result(
        "users.create_token", user_id="ann@example.org", name="t")["token"]
    had["params"] = {
        "email": "keyed@example.org", "name": "K", "org_id": ORGANIZATION, "idempotency_key": "k"}
    had["keyed"] = server.result("users.create", **had["params"])
    check(server.close() == 0, server.complaint())


def check_had(rig, old, server, had):
    """Checks what the life left, through a server of the migrated store."""
    what = f"format {old.format}"
    for each in ("ann", "löwe"):
        user = server.result("users.authenticate", email=f"{each}@example.org", password=PASSWORD)
        check(user["email"] == f"{each}@example.org", f"{what}: signed in as {user}")
    told = rig.run("call", "users.get_current", "--store", "file:" + old.store,
                   env={"ROSTER_TOKEN": had["token"]})
    check('"ann@example.org"' in told.stdout, f"{what}: the token opens {told}")
    again = server.result("users.create", **had["params"])
    check(again == had["keyed"], f"{what}: a repeated call returned {again}")
    back = server.result("users.restore", user_id=had["gone"])
    check(back["roles"] == had["roles"], f"{what}: restored with {back['roles']}")
    shown = rig.run("policy", "show", "--store", "file:" + old.store).stdout
    check(("auditor" in shown) == (old.format > 2), f"{what}: the policy is {shown}")


@test
def a_damaged_account_of_an_old_store_stays_damaged_and_nothing_else_is_lost(rig):
    old = Old(rig)
    email = "user-7@example.org"
    for old.format in BACK_TO:
        for script in (
            "UPDATE users SET seal = seal + 1", "UPDATE users SET job_title = 'x'",
            "UPDATE users SET organization_id = 'globex'", "UPDATE users SET flags = flags + 2",
            "UPDATE users SET metadata = '{'", "UPDATE users SET search = 'x'",
            "UPDATE users SET version = -1", "UPDATE users SET tail = tail + 1",
            "UPDATE users SET name = CAST(x'ff41' AS TEXT)", "UPDATE users SET email = ' '",
            "UPDATE users SET roles = 'x', auto_groups = 'y'",
        ):
            old.put()
            damage.database(old.store, f"{script} WHERE email = '{email}'")
            try:
                check_damaged(rig, old, email)
            except Failed as failure:
                raise Failed(f"format {old.format}, {script}: {failure}")


def check_damaged(rig, old, email):
    server = rig.serve(old.store)
    others = [each for each in old.whole if each["email"] != email]
    lost = next(each for each in old.whole if each["email"] == email)
    for each in others[::100]:
        found = server.result("users.get", user_id=each["email"])
        check(found["version"] == each["version"], f"the reply is {found}")
    for reference in (email, record.id_of(lost)):
        reply = server.call("users.get", user_id=reference)
        check(
            problem(reply) == ("storage_unavailable", "corrupt") or reply.get("result", 1) is None,
            f"{reference} is {reply}")
    reply = server.call("users.list", limit=1000, include_inactive=True)
    check(problem(reply) == ("storage_unavailable", "corrupt"), f"a list is {str(reply)[:300]}")
    check(server.close() == 0, server.complaint())
    rig.servers.clear()
    doctor.expect(rig, old.store, "accounts", "fail", f"1 of {len(old.whole)}")
    base = sqlite3.connect(old.store)
    kept = base.execute("SELECT key, record FROM users ORDER BY key").fetchall()
    check(len(kept) == len(old.whole), f"{len(kept)} accounts are left")
    found = [record.decode(bytes, key) for key, bytes in kept if key != lost["key"]]
    check(found == others, "other accounts are lost")
    record.check_search(base)
    base.close()
    expect_failure(
        lambda: [record.decode(bytes, key) for key, bytes in kept], "the damage is gone")
