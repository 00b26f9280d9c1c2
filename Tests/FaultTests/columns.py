"""Columns beside a record that another program has changed. The record stays as it was, and it is
the truth: no reply contains an account that was not asked for, or a field that was not written."""

import json
import sqlite3

import doctor
import record
from corrupt import CORRUPT, STATUSES
from rig import OWNER, Failed, bytes_of, check, expect_failure, problem, put_store, request, test

ANN, BOB, OLD = "ann@example.org", "bob@globex.org", "old@example.org"
#: The trigram index does not have this account.
LATE = "late@example.org"
MEMBER = "member@globex.org"
PASSWORD = "a right password"
GHOST = "ghost@example.net"
#: Other values for each column, as SQL.
CHANGES = {
    "flags": tuple(f"(flags | {1 << bit}) - (flags & {1 << bit})" for bit in range(11)),
    "updated_at": ("updated_at + 4000000000", "0"),
    "deleted_at": ("updated_at", "NULL"),
    "last_login": ("updated_at", "NULL", "4000000000000"),
    "organization_id": ("'globex'", "'elsewhere'", "NULL"),
    "search_name": ("'bob'", "'zz top'"),
    "email": (f"'{GHOST}'", "'an@example.org'", "' ' || email"),
    "search_email": ("'bob'", "''", f"'{GHOST}'"),
    "username": ("'bobby'", "NULL", f"'{GHOST}'"),
    "roles": ("'\x1fowner\x1f'", "NULL", "'\x1fannotator\x1fmember\x1f'", "''"),
    "auto_groups": ("'\x1fgreen\x1f'", "NULL", "''"),
    "oauth_provider": ("'gitlab'", "NULL"),
    "oauth_id": ("'77'", "NULL"),
}


def full_store(rig):
    """A store of people who differ in all columns, and some more, so that the trigram index has
    them."""
    store = rig.store()
    people = [
        {"email": ANN, "name": "Ann Ash", "org_id": "acme", "email_verified": True,
         "roles": ["annotator"], "auto_groups": ["red"], "username": "annie",
         "is_developer": True},
        {"email": "cy@example.org", "name": "Cy", "org_id": "acme", "oauth_provider": "github",
         "oauth_id": "76"},
        {"email": BOB, "name": "Bob Birch", "org_id": "globex", "email_verified": True,
         "auto_groups": ["green"], "username": "bob"},
        {"email": MEMBER, "name": "Mo", "org_id": "globex"},
        {"email": OLD, "name": "Old Oak", "org_id": "acme"},
        *({"email": f"more{at}@example.org", "name": f"More {at}", "org_id": "acme"}
          for at in range(70))]
    lines = "".join(json.dumps(each) + "\n" for each in people)
    done = rig.run("import", "-", "--store", "file:" + store, input=lines)
    check(done.returncode == 0, f"the import failed: {done.stderr}")
    server = rig.serve(store)
    server.result("users.delete", user_id=OLD, mode="soft")
    server.result("users.create", email=LATE, name="Late Larch", org_id="acme")
    for email in (ANN, BOB):
        token = server.result("users.reset_password", user_id=email)["one_time"]["reset_token"]
        server.result("users.complete_password_reset", token=token, new_password=PASSWORD + email)
        server.result("users.authenticate", email=email, password=PASSWORD + email)
    check(server.close() == 0, server.complaint())
    base = sqlite3.connect(store)
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()
    return store


def requests(account):
    """Requests that find the account by each column, and some that must not find it."""
    everybody = {"limit": 1000, "status": STATUSES}
    filters = [
        *({name: value} for name, values in {
            "org_id": ("acme", "globex", "elsewhere"),
            "query": ("ann", "bob", "bo", "zz top", "zz", "ghost", "gh"),
            "email": (ANN, BOB, GHOST, OLD), "email_domain": ("example.org", "example.net"),
            "username": ("annie", "bobby", GHOST), "role": ("owner", "annotator", "member"),
            "group": ("red", "green"), "oauth_provider": ("github", "gitlab"),
            "oauth_id": ("76", "77"), "is_active": (True, False), "is_blocked": (True, False),
            "is_superuser": (True, False), "is_developer": (True, False),
            "is_service_account": (True, False), "email_verified": (True, False),
            "updated_after": ("2060-01-01T00:00:00Z",), "updated_before": ("2000-01-01T00:00:00Z",),
            "last_login_after": ("2060-01-01T00:00:00Z", "2000-01-01T00:00:00Z"),
        }.items() for value in values)]
    lists = [{**everybody, **each} for each in filters]
    lists += [{"limit": 1000, "status": [status]} for status in STATUSES]
    lists += [{**everybody, "sort_by": sort} for sort in ("email", "name", "updated_at")]
    lists += [{"limit": 1000}, {"limit": 1000, "include_inactive": True}, {"query": "ann"}]
    gets = (ANN, BOB, GHOST, "an@example.org", "cy@example.org", OLD, account)
    return [
        *(("users.list", each) for each in lists),
        *(("users.get", {"user_id": each}) for each in gets),
        *(("users.restore", {"user_id": each, "dry_run": True}) for each in (OLD, GHOST, account)),
    ]


#: Changes of Ann's email must not let anyone in by another one.
SIGN_INS = [("users.authenticate", {"email": email, "password": PASSWORD + ANN})
            for email in (GHOST, ANN)]


def answers(rig, store, caller, calls):
    lines = [request(at, *call) for at, call in enumerate(calls)]
    done = rig.run(
        "serve", "--store", "file:" + store, "--as", caller, input="\n".join(lines) + "\n")
    if done.returncode == 1:
        check("damaged" in done.stderr or "no account" in done.stderr, f"it says {done.stderr!r}")
        return [{"error": {"data": {"kind": CORRUPT[0], "reason": CORRUPT[1]}}}] * len(calls)
    check(done.returncode == 0, f"the server ended with {done.returncode}: {done.stderr[-300:]}")
    return [json.loads(line) for line in done.stdout.split("\n")[:-1]]


def shown(method, reply):
    """The accounts in a reply."""
    result = reply.get("result")
    if method == "users.list":
        return result["users"] if result else []
    # Other calls change these, and a sign-in returns a new secret.
    changing = ("last_login", "updated_at", "version", "one_time") if method != "users.get" else ()
    return [{name: result[name] for name in result if name not in changing}] if result else []


@test
def records_hold_what_callers_get(rig):
    """The rig's own reading and writing of records, against the program's."""
    store = full_store(rig)
    server = rig.serve(store)
    server.result("users.create", name="Bot Ω", org_id="acme", is_service_account=True)
    server.result("users.update", user_id=BOB, name="Bøb Bïrch", metadata={"é": [1, {"a": None}]})
    told = server.result("users.list", limit=1000, status=STATUSES)["users"]
    check(server.close() == 0, server.complaint())
    base = sqlite3.connect(store)
    found = {each["key"]: each for each in record.rows(base)}
    for key, kept in base.execute("SELECT key, record FROM users"):
        check(record.encode(found[key]) == kept, f"{found[key]} is written as other bytes")
    base.close()
    callers = sorted(told, key=lambda each: each["id"])
    wanted = [
        {**record.fields(each), "is_current": each["email"] == OWNER} for each in found.values()]
    differ = [(one, other) for one, other in zip(callers, wanted, strict=True) if one != other]
    check(not differ, f"{len(differ)} accounts differ, such as {differ[:1]}")
    return f"{len(told)} accounts"


@test
def a_changed_column_beside_a_record_shows_no_account_that_was_not_asked_for(rig):
    store = full_store(rig)
    whole = bytes_of(store)
    problems, tally = [], {"as before": 0, "refused": 0, "less": 0}
    base = sqlite3.connect(store)
    names = {row[1] for row in base.execute("PRAGMA table_info(users)")} - {"key", "record"}
    base.close()
    check(names == set(CHANGES), f"other columns: {names ^ set(CHANGES)}")
    for email in (ANN, "cy@example.org", OLD, LATE):
        put_store(store, whole)
        case = Case(rig, store, email)
        for name, values in CHANGES.items():
            for value in values:
                put_store(store, whole)
                try:
                    if change(store, email, name, value):
                        found = doctor.doctor(rig, store)["accounts"]
                        check(found["status"] == "fail", f"doctor says {found}")
                        case.compare(tally)
                except Failed as failure:
                    problems.append(f"{name} of {email} is {value!a}: {failure}")
    check(not problems, f"{len(problems)} problems: " + " | ".join(problems))
    check(tally["as before"] > 1000 and tally["refused"] > 100, f"{tally} prove little")
    return ", ".join(f"{count} {name}" for name, count in tally.items())


def change(store, email, name, value):
    """Changes a column; returns whether it was changed. Some values are refused by the schema."""
    base = sqlite3.connect(store)
    before = base.execute(f"SELECT {name} FROM users WHERE email = ?", (email,)).fetchone()
    key, = base.execute("SELECT key FROM users WHERE email = ?", (email,)).fetchone()
    try:
        base.execute(f"UPDATE users SET {name} = {value} WHERE key = ?", (key,))
    except sqlite3.IntegrityError:
        return False
    finally:
        after = base.execute(f"SELECT {name} FROM users WHERE key = ?", (key,)).fetchone()
        base.commit()
        base.close()
    return before != after


class Case:
    """The replies about an account of an intact store."""

    def __init__(self, rig, store, email):
        self.rig, self.store, self.email = rig, store, email
        base = sqlite3.connect(store)
        self.id = record.id_of(record.account_of(base, email))
        base.close()
        calls = requests(self.id)
        self.calls = {OWNER: calls + SIGN_INS if email == ANN else calls, MEMBER: calls}
        self.sound = {
            caller: answers(rig, store, caller, calls) for caller, calls in self.calls.items()}
        wrong = [reply for reply in self.sound[OWNER] if problem(reply) == CORRUPT]
        check(not wrong, f"an intact store is refused: {wrong[:1]}")

    def compare(self, tally):
        """Each account in a reply must be in the sound reply to the same request, in all fields."""
        wrong = []
        for caller, sound in self.sound.items():
            calls = self.calls[caller]
            found = answers(self.rig, self.store, caller, calls)
            for (method, params), reply, due in zip(calls, found, sound, strict=True):
                accounts, known = shown(method, reply), shown(method, due)
                if any(each not in known for each in accounts):
                    more = [each["email"] for each in accounts if each not in known]
                    wrong.append(f"{caller} asks {method} {params} and gets {more}")
                tally["refused" if problem(reply) else
                      "as before" if accounts == known else "less"] += 1
        check(not wrong, f"{len(wrong)} replies: " + "; ".join(wrong[:3]))


@test
def an_account_that_was_not_asked_for_is_noticed(rig):
    """A control: a record of another account, with its own key and checksum, must be noticed."""
    store = full_store(rig)
    case = Case(rig, store, ANN)
    base = sqlite3.connect(store)
    account = record.account_of(base, ANN)
    record.put(base, {**account, "organization_id": "globex"})
    base.commit()
    base.close()
    tally = {"as before": 0, "refused": 0, "less": 0}
    return expect_failure(lambda: case.compare(tally), "a changed account passes")[:80]
