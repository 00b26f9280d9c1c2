"""The benchmark's peer in Python for a store on a PostgreSQL server, by psycopg with its part in C.

It does what peer.py does, and no more: no permissions, no events, no search. What arrives together
goes to the server together, in psycopg's pipeline mode, and creates that arrive together share a
commit. With the word feed, a create also writes an event, whose number it takes under the lock of a
row, so that the numbers rise in the order of the commits, as Roster's do.

usage: peer_postgres.py serve CONNECTION [feed] | load CONNECTION USERS.jsonl
"""

import contextlib
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

FEED = """
    CREATE TABLE feed (seq bigint NOT NULL);
    INSERT INTO feed VALUES (0);
    CREATE TABLE events (
      seq bigint PRIMARY KEY, type text NOT NULL, user_id text NOT NULL, at text NOT NULL)
"""
LOCK = "SELECT seq FROM feed FOR UPDATE"
EVENT = "INSERT INTO events (seq, type, user_id, at) VALUES (%s, 'user_created', %s, %s)"
NUMBER = "UPDATE feed SET seq = %s"


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


def executed(database, statements, creates, has_feed):
    """The cursors of statements that arrived together."""
    with contextlib.ExitStack() as stack:
        if creates and (has_feed or len(statements) > 1):
            stack.enter_context(database.transaction())
        seq = database.execute(LOCK).fetchone()[0] if creates and has_feed else 0
        if len(statements) > 1:
            stack.enter_context(database.pipeline())
        cursors = [database.execute(*statement) for statement in statements]
        if creates and has_feed:
            for at, values in enumerate(creates):
                database.execute(EVENT, (seq + at + 1, values[0], values[-1]))
            database.execute(NUMBER, (seq + len(creates),))
    return cursors


def answer(database, lines, has_feed):
    """The replies to lines that arrived together."""
    requests = [json.loads(line) for line in lines]
    statements = [
        METHODS[request["method"]][0](**request["params"]) for request in requests]
    creates = [values for sql, values in statements if sql is INSERT]
    cursors = executed(database, statements, creates, has_feed)
    replies = []
    for request, cursor in zip(requests, cursors):
        result = METHODS[request["method"]][1](cursor.fetchall(), request["params"])
        reply = {"jsonrpc": "2.0", "id": request["id"], "result": result}
        replies.append(json.dumps(reply, separators=(",", ":")) + "\n")
    return "".join(replies).encode()


def serve(database, has_feed):
    rest = b""
    while block := os.read(0, READ_BYTES):
        *lines, rest = (rest + block).split(b"\n")
        if lines:
            sys.stdout.buffer.write(answer(database, lines, has_feed))
            sys.stdout.buffer.flush()


def load(database, users):
    """Makes the table in an empty database, and fills it from JSON lines."""
    schema = pathlib.Path(__file__).with_name("schema.sql")
    database.execute(schema.read_text(), prepare=False)
    database.execute(FEED, prepare=False)
    copy = f"COPY users ({', '.join(INSERTED)}) FROM STDIN"
    with database.cursor().copy(copy) as rows, open(users, encoding="utf-8") as lines:
        for line in lines:
            rows.write_row(values_of(**json.loads(line)))
    database.execute("VACUUM ANALYZE users")


def main(arguments):
    if arguments[:1] == ["serve"] and (len(arguments) == 2 or arguments[2:] == ["feed"]):
        serve(connect(arguments[1]), arguments[2:] == ["feed"])
    elif len(arguments) == 3 and arguments[0] == "load":
        load(connect(arguments[1]), arguments[2])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
