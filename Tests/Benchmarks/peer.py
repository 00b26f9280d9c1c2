"""The benchmark's peer in Python: a directory of users over JSON-RPC on stdin and stdout.

It uses json and sqlite3 of the standard library, as a competent author of scripts would. It does
less than Roster: it checks no permissions, and has only users.get, users.list and users.create.

usage: peer.py serve DB | load DB USERS.jsonl
"""

import json
import os
import pathlib
import sqlite3
import sys
import time

LIST_LIMIT_DEFAULT = 50
LIST_LIMIT_MAX = 1000

COLUMNS = (
    "id", "email", "name", "username", "organization_id", "roles", "is_active", "is_blocked",
    "is_service_account", "is_developer", "is_internal", "email_verified",
    "has_completed_onboarding", "avatar_url", "company", "job_title", "metadata", "auto_groups",
    "oauth_provider", "oauth_id", "last_login", "created_at", "updated_at", "deleted_at",
    "version",
)

BOOLEANS = (
    "is_active", "is_blocked", "is_service_account", "is_developer", "is_internal",
    "email_verified", "has_completed_onboarding",
)

SELECT = f"SELECT {', '.join(COLUMNS)} FROM users WHERE "

INSERT = """
    INSERT INTO users (id, email, name, username, organization_id, company, job_title, metadata,
                       created_at, updated_at)
    VALUES (:id, :email, :name, :email, :org_id, :company, :job_title, :metadata, :now, :now)
"""


class Refusal(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def connect(path):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    return database


def uuid7():
    """48 bits of time in milliseconds; the rest is random."""
    value = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def rfc3339(seconds):
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds * 1000) % 1000:03d}Z"


def record(row):
    """A row as it is sent, with 28 fields."""
    user = dict(zip(COLUMNS, row))
    for name in BOOLEANS:
        user[name] = bool(user[name])
    for name in ("roles", "metadata", "auto_groups"):
        user[name] = json.loads(user[name])
    user["is_superuser"] = "owner" in user["roles"] or "admin" in user["roles"]
    if user["deleted_at"]:
        user["status"] = "deleted"
    else:
        enabled = user["is_active"] and not user["is_blocked"]
        user["status"] = "active" if enabled else "disabled"
    user["is_current"] = False
    return user


def get(database, user_id):
    column = "email" if "@" in user_id else "id"
    row = database.execute(f"{SELECT} {column} = ?", (user_id,)).fetchone()
    return record(row) if row else None


def list_users(database, org_id=None, cursor=None, limit=LIST_LIMIT_DEFAULT, include_total=False):
    """A page by time of creation. include_total is accepted as by Roster, but ignored."""
    if not 1 <= limit <= LIST_LIMIT_MAX:
        raise Refusal(-32602, f"limit must be 1 to {LIST_LIMIT_MAX}")
    after_time, _, after_id = (cursor or "").partition(" ")
    sql = f"{SELECT} (created_at, id) > (?, ?)"
    values = [after_time, after_id]
    if org_id is not None:
        sql += " AND organization_id = ?"
        values.append(org_id)
    sql += " AND is_active AND NOT is_blocked AND deleted_at IS NULL"
    sql += " ORDER BY created_at, id LIMIT ?"
    rows = database.execute(sql, (*values, limit + 1)).fetchall()
    users = [record(row) for row in rows[:limit]]
    has_more = len(rows) > limit
    next_cursor = f"{users[-1]['created_at']} {users[-1]['id']}" if has_more else None
    return {"users": users, "has_more": has_more, "next_cursor": next_cursor, "limit": limit}


def insert(
    database, email, name, id=None, org_id=None, company=None, job_title=None, metadata=None
):
    user = {
        "id": id or uuid7(),
        "email": email.strip().lower(),
        "name": name,
        "org_id": org_id,
        "company": company,
        "job_title": job_title,
        "metadata": json.dumps(metadata or {}),
        "now": rfc3339(time.time()),
    }
    database.execute(INSERT, user)
    return user["id"]


def create(database, email, name, **rest):
    """Outside a transaction every insert commits by itself, so it is durable before the reply."""
    return get(database, insert(database, email, name, **rest))


METHODS = {"users.get": get, "users.list": list_users, "users.create": create}


def call(database, request):
    if not isinstance(request, dict) or request.get("jsonrpc") != "2.0":
        raise Refusal(-32600, "not a request")
    method = METHODS.get(request.get("method"))
    if method is None:
        raise Refusal(-32601, f"unknown method {request.get('method')}")
    try:
        return method(database, **request.get("params", {}))
    except TypeError as error:
        raise Refusal(-32602, str(error)) from error
    except sqlite3.IntegrityError as error:
        raise Refusal(409, str(error)) from error


def answer(database, line):
    reply = {"jsonrpc": "2.0", "id": None}
    try:
        request = json.loads(line)
        if isinstance(request, dict):
            reply["id"] = request.get("id")
        reply["result"] = call(database, request)
    except json.JSONDecodeError as error:
        reply["error"] = {"code": -32700, "message": str(error)}
    except Refusal as error:
        reply["error"] = {"code": error.code, "message": str(error)}
    return json.dumps(reply, separators=(",", ":"))


def serve(database):
    for line in sys.stdin:
        sys.stdout.write(answer(database, line) + "\n")
        sys.stdout.flush()


def load(database, users):
    """Makes a new database from JSON lines, in one transaction."""
    schema = pathlib.Path(__file__).with_name("schema.sql")
    database.executescript(schema.read_text())
    database.execute("BEGIN")
    with open(users, encoding="utf-8") as lines:
        for line in lines:
            insert(database, **json.loads(line))
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.execute("ANALYZE")


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "serve":
        serve(connect(arguments[1]))
    elif len(arguments) == 3 and arguments[0] == "load":
        load(connect(arguments[1]), arguments[2])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
