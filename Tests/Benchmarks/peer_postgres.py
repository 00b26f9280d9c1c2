"""The benchmark's peer in Python for a store on a PostgreSQL server, by psycopg with its part in C.

It does what peer.py does, and no more: no permissions, no events, no search. What arrives together
goes to the server together, in psycopg's pipeline mode, and creates that arrive together share a
commit.

usage: peer_postgres.py serve CONNECTION | load CONNECTION USERS.jsonl
"""

import json
import os
import pathlib
import sys
import time

import psycopg

import peer

READ_BYTES = 1 << 16
SELECT = f"SELECT {', '.join(peer.COLUMNS)} FROM users WHERE "
BY_ID, BY_EMAIL = SELECT + "id = %s", SELECT + "email = %s"
INSERTED = (
    "id", "email", "name", "username", "organization_id", "company", "job_title", "metadata",
    "created_at", "updated_at")
INSERT = (
    f"INSERT INTO users ({', '.join(INSERTED)}) VALUES ({', '.join(['%s'] * len(INSERTED))})"
    f" RETURNING {', '.join(peer.COLUMNS)}")


def connect(connection):
    database = psycopg.connect(connection, autocommit=True)
    # Statements are prepared at their first use.
    database.prepare_threshold = 0
    return database


def get(user_id):
    return (BY_EMAIL if "@" in user_id else BY_ID), (user_id,)


def list_users(org_id=None, cursor=None, limit=peer.LIST_LIMIT_DEFAULT, include_total=False):
    after_time, _, after_id = (cursor or "").partition(" ")
    sql, values = SELECT + "(created_at, id) > (%s, %s)", [after_time, after_id]
    if org_id is not None:
        sql += " AND organization_id = %s"
        values.append(org_id)
    sql += " AND is_active = 1 AND is_blocked = 0 AND deleted_at IS NULL"
    return sql + " ORDER BY created_at, id LIMIT %s", (*values, limit + 1)


def values_of(
    email, name, id=None, org_id=None, company=None, job_title=None, metadata=None
):
    now, email = peer.rfc3339(time.time()), email.strip().lower()
    return (id or peer.uuid7(), email, name, email, org_id, company, job_title,
            json.dumps(metadata or {}), now, now)


def create(**params):
    return INSERT, values_of(**params)


def one(rows, params):
    return peer.record(rows[0]) if rows else None


def page(rows, params):
    limit = params.get("limit", peer.LIST_LIMIT_DEFAULT)
    users = [peer.record(row) for row in rows[:limit]]
    has_more = len(rows) > limit
    next_cursor = f"{users[-1]['created_at']} {users[-1]['id']}" if has_more else None
    return {"users": users, "has_more": has_more, "next_cursor": next_cursor, "limit": limit}


# A statement of the params, and the result of the rows.
METHODS = {"users.get": (get, one), "users.list": (list_users, page), "users.create": (create, one)}


def answer(database, lines):
    """The replies to lines that arrived together."""
    requests = [json.loads(line) for line in lines]
    statements = [
        METHODS[request["method"]][0](**request["params"]) for request in requests]
    if len(lines) == 1:
        cursors = [database.execute(*statements[0])]
    elif any(request["method"] == "users.create" for request in requests):
        with database.transaction(), database.pipeline():
            cursors = [database.execute(*statement) for statement in statements]
    else:
        with database.pipeline():
            cursors = [database.execute(*statement) for statement in statements]
    replies = []
    for request, cursor in zip(requests, cursors):
        result = METHODS[request["method"]][1](cursor.fetchall(), request["params"])
        reply = {"jsonrpc": "2.0", "id": request["id"], "result": result}
        replies.append(json.dumps(reply, separators=(",", ":")) + "\n")
    return "".join(replies).encode()


def serve(database):
    rest = b""
    while block := os.read(0, READ_BYTES):
        *lines, rest = (rest + block).split(b"\n")
        if lines:
            sys.stdout.buffer.write(answer(database, lines))
            sys.stdout.buffer.flush()


def load(database, users):
    """Makes the table in an empty database, and fills it from JSON lines."""
    schema = pathlib.Path(__file__).with_name("schema.sql")
    database.execute(schema.read_text(), prepare=False)
    copy = f"COPY users ({', '.join(INSERTED)}) FROM STDIN"
    with database.cursor().copy(copy) as rows, open(users, encoding="utf-8") as lines:
        for line in lines:
            rows.write_row(values_of(**json.loads(line)))
    database.execute("VACUUM ANALYZE users")


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "serve":
        serve(connect(arguments[1]))
    elif len(arguments) == 3 and arguments[0] == "load":
        load(connect(arguments[1]), arguments[2])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
