"""Stores of format 5, made from stores of the present format; and the check of accounts in formats
1 to 5.

An account was a row of columns with `search`, its normalized name and email, and `seal`, a checksum
of all of them. Each format added to the tables of the one before; `STEPS` are the statements by
which a store of format 5 came about."""

import sqlite3

import record
from rig import check

APPLICATION_ID = 0x526F7374
#: The columns of an account, in the order of the checksum.
COLUMNS = (
    "key", "tail", *record.NUMBERS, "name", "search", *record.TEXTS[1:], "seal")
#: Tables whose rows are the same in both formats, but for the names of tables and columns.
TABLES = {
    "counts": "tallies", "identities": "identities", "passwords": "passwords", "tokens": "tokens",
    "attempts": "attempts", "answers": "answers", "answer_subjects": "answer_subjects",
    "former_roles": "former_roles"}
STEPS = """
    CREATE TABLE users (
      key INTEGER PRIMARY KEY,
      tail INTEGER NOT NULL,
      email TEXT NOT NULL,
      name TEXT NOT NULL,
      username TEXT,
      organization_id TEXT,
      roles TEXT NOT NULL,
      flags INTEGER NOT NULL,
      avatar_url TEXT,
      company TEXT,
      job_title TEXT,
      metadata TEXT,
      auto_groups TEXT,
      oauth_provider TEXT,
      oauth_id TEXT,
      last_login INTEGER,
      updated_at INTEGER NOT NULL,
      deleted_at INTEGER,
      version INTEGER NOT NULL,
      search TEXT NOT NULL,
      seal INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX users_email ON users (email) WHERE deleted_at IS NULL;
    CREATE UNIQUE INDEX users_username ON users (username)
      WHERE username IS NOT NULL AND deleted_at IS NULL;
    CREATE UNIQUE INDEX users_oauth ON users (oauth_provider, oauth_id)
      WHERE oauth_id IS NOT NULL AND deleted_at IS NULL;
    CREATE TABLE tallies (
      scope TEXT NOT NULL,
      flags INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (scope, flags)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    ALTER TABLE settings RENAME TO properties;

    CREATE INDEX users_deleted ON users (email) WHERE deleted_at IS NOT NULL;
    CREATE TABLE passwords (
      user_key INTEGER PRIMARY KEY REFERENCES users (key) ON DELETE CASCADE,
      hash TEXT NOT NULL,
      temporary_until INTEGER,
      seal INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE tokens (
      key INTEGER PRIMARY KEY,
      tail INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      user_key INTEGER NOT NULL REFERENCES users (key) ON DELETE CASCADE,
      user_tail INTEGER NOT NULL,
      digest BLOB NOT NULL UNIQUE,
      name TEXT NOT NULL,
      capabilities TEXT,
      expires_at INTEGER NOT NULL,
      last_used INTEGER,
      seal INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX tokens_user ON tokens (user_key);
    CREATE TABLE attempts (
      subject BLOB PRIMARY KEY,
      failures INTEGER NOT NULL,
      last INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX attempts_last ON attempts (last);
    CREATE TABLE answers (
      key BLOB NOT NULL UNIQUE,
      request BLOB NOT NULL,
      text TEXT NOT NULL,
      at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX answers_at ON answers (at);
    CREATE TABLE events (
      seq INTEGER PRIMARY KEY,
      type TEXT NOT NULL,
      at INTEGER NOT NULL,
      actor_key INTEGER,
      actor_tail INTEGER,
      user_key INTEGER NOT NULL,
      user_tail INTEGER NOT NULL,
      email TEXT,
      organization_id TEXT,
      changes TEXT NOT NULL,
      former_organization_id TEXT
    ) STRICT;

    ALTER TABLE passwords ADD COLUMN askers TEXT;
    ALTER TABLE tokens ADD COLUMN askers TEXT;
    ALTER TABLE answers ADD COLUMN proof TEXT;
    ALTER TABLE answers ADD COLUMN user_key INTEGER;
    ALTER TABLE answers ADD COLUMN user_tail INTEGER;
    CREATE TABLE former_roles (
      user_key INTEGER PRIMARY KEY REFERENCES users (key) ON DELETE CASCADE,
      roles TEXT NOT NULL,
      is_judged INTEGER NOT NULL
    ) STRICT;

    ALTER TABLE events ADD COLUMN entry TEXT;
    CREATE TABLE answer_subjects (
      user_key INTEGER NOT NULL,
      answer BLOB NOT NULL REFERENCES answers (key) ON DELETE CASCADE,
      PRIMARY KEY (user_key, answer)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX answer_subjects_answer ON answer_subjects (answer);

    CREATE TABLE identities (
      kind INTEGER NOT NULL,
      identity TEXT NOT NULL,
      user_key INTEGER NOT NULL,
      PRIMARY KEY (kind, identity, user_key)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX events_user ON events (user_key);
    CREATE INDEX users_updated ON users (updated_at) WHERE deleted_at IS NULL;
    CREATE INDEX users_name ON users (search) WHERE deleted_at IS NULL;
    CREATE INDEX users_organization ON users (organization_id) WHERE deleted_at IS NULL;
    CREATE VIRTUAL TABLE user_search USING fts5(
      text, content='', detail=none, columnsize=0, tokenize="trigram case_sensitive 1");
    INSERT INTO user_search (user_search, rank) VALUES ('hashsize', 8388608);
    INSERT INTO user_search (user_search, rank) VALUES ('automerge', 8);
    """


def build(current, target):
    """Makes a store of format 5 of one of the present format."""
    source = sqlite3.connect(current)
    base = sqlite3.connect(target)
    base.execute("PRAGMA journal_mode=WAL")
    base.executescript(
        f"{STEPS} PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version=5;")
    put_accounts(source, base)
    put_events(source, base)
    for name, former in TABLES.items():
        put_rows(base, former, source.execute(f"SELECT * FROM {name}").fetchall())
    settings = source.execute("SELECT * FROM store_settings WHERE name <> 'indexed_to'").fetchall()
    names = {"policy_checksum": "policy_seal"}
    put_rows(base, "properties", [(names.get(name, name), value) for name, value in settings])
    base.commit()
    for each in (base, source):
        each.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        each.close()


def put_rows(base, table, rows):
    for row in rows:
        base.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def put_accounts(source, base):
    texts = dict(source.execute(
        "SELECT key, search_name || char(10) || coalesce(search_email, email) FROM users"))
    for account in record.rows(source):
        search = texts[account["key"]]
        row = {
            **account, "search": search, "seal": checksum({**account, "search": search}),
            "email": record.copies(account)["email"], "roles": account["roles"] or ""}
        base.execute(
            f"INSERT INTO users ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})",
            [row[name] for name in COLUMNS])
        base.execute(
            "INSERT INTO user_search (rowid, text) VALUES (?, ?)", (account["key"], search))


def put_events(source, base):
    for event in record.events(source):
        base.execute(
            f"INSERT INTO events ({', '.join(event)}) VALUES ({', '.join('?' * len(event))})",
            list(event.values()))


def checksum(account):
    """The column `seal`: a checksum of all numbers, then of all texts."""
    mix = record.Mix()
    for name in COLUMNS[:-1]:
        value = account[name]
        if name in ("key", "tail", *record.NUMBERS):
            mix.add(-1 if value is None else value)
        else:
            mix.add_bytes((value or "").encode())
    return mix.value


def seal_secrets(base):
    """Gives passwords and tokens the checksums of format 2, which knew no askers."""
    tokens = base.execute(
        "SELECT key, tail, kind, user_key, user_tail, expires_at, ifnull(last_used, -1), name,"
        " ifnull(capabilities, '*'), digest FROM tokens").fetchall()
    for token in tokens:
        base.execute(
            "UPDATE tokens SET seal = ? WHERE key = ?", (sealed(token[:7], token[7:]), token[0]))
    passwords = base.execute(
        "SELECT user_key, tail, ifnull(temporary_until, -1), hash FROM passwords"
        " JOIN users ON users.key = user_key").fetchall()
    for key, *others, hash in passwords:
        base.execute(
            "UPDATE passwords SET seal = ? WHERE user_key = ?",
            (sealed((key, *others), (hash, "")), key))
    base.commit()


def sealed(numbers, texts):
    mix = record.Mix()
    for number in numbers:
        mix.add(number)
    for text in texts:
        mix.add_bytes(text.encode() if isinstance(text, str) else text)
    return mix.value


def accounts(base):
    """The accounts of a store of formats 1 to 5, as `record.rows` returns those of the present one.
    Checks their checksums, and what follows from them."""
    found, texts = [], []
    for row in base.execute(f"SELECT {', '.join(COLUMNS)} FROM users NOT INDEXED ORDER BY key"):
        account = dict(zip(COLUMNS, row))
        if account["email"].startswith(" "):
            account["email"] = None
        check(checksum(account) == account["seal"], f"the checksum of {account} is wrong")
        texts.append((account["key"], account.pop("search")))
        del account["seal"]
        found.append({**account, "roles": account["roles"] or None})
    record.check_counts(base, found, "tallies")
    record.check_trigrams(base, texts)
    return found
