internal import Secrets
internal import Users

/// The tables of a store file, and the migrations between their versions.
enum DatabaseSchema {
  /// "Rost" in ASCII, in the file's header.
  static let applicationId: Int64 = 0x526F_7374
  static let version: Int64 = 5
  /// SQLite's default page size, which new stores have.
  static let pageBytes: Int64 = 4096

  /// The tables of version 1. A null text is derived from other columns, or means that there is no
  /// value.
  /// - `key` and `tail` are the id, and `key` orders by creation (see `UserID`).
  /// - `email` of an account without an email is a space and the id, so that it is unique and
  ///   sortable.
  /// - `username` is null if it equals the email, or the id for an account without an email.
  /// - `roles` and `auto_groups` are packed lists (see `BorrowedTextList`).
  /// - `search` is the normalized name and email (see `UserView`).
  /// - `seal` is a checksum of the row (see `UserView.checksum`).
  /// Indexes leave deleted accounts out: their emails are free.
  private static let tables = """
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
    -- The number of accounts with these flags: in all (scope ''), and by organization (':' and id).
    CREATE TABLE tallies (
      scope TEXT NOT NULL,
      flags INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (scope, flags)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    """

  /// The additions of version 2.
  ///
  /// - Accounts are referenced by `key` and `tail`, as in `users`.
  /// - `digest`, `subject`, `key` and `request` are BLAKE2b-256 digests: none can be used as a
  ///   secret.
  /// - `capabilities` are names separated by spaces; null means all that the account has.
  private static let ledger = """
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
    """

  /// The additions of version 3.
  ///
  /// - `askers` lists who asked for a secret (see `Askers`); null if unknown.
  /// - `proof` is an Argon2id hash of the passwords of a call. `user_key` and `user_tail` are the
  ///   account that a call without a caller was about.
  /// - `former_roles` holds roles that deleted accounts may get back, packed as in `users` (see
  ///   `FormerRoles`).
  /// - `settings` holds the policy and its checksum.
  private static let provenance = """
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
    """

  /// The additions of version 4.
  ///
  /// - `entry` of an event contains all fields of the account, for the organization that the
  ///   account moves into.
  /// - `answer_subjects` lists the accounts that an idempotency record contains; `answer` is its
  ///   key.
  private static let feeds = """
    ALTER TABLE events ADD COLUMN entry TEXT;
    CREATE TABLE answer_subjects (
      user_key INTEGER NOT NULL,
      answer BLOB NOT NULL REFERENCES answers (key) ON DELETE CASCADE,
      PRIMARY KEY (user_key, answer)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX answer_subjects_answer ON answer_subjects (answer);
    """

  /// The additions of version 5.
  ///
  /// - `identities` holds the emails (kind 0) and usernames (1) that differ from their comparison
  ///   key (see `IdentityKey`), including those of deleted accounts.
  /// - `settings` is renamed: a running process of an older Roster then fails at its next read,
  ///   instead of writing values that the old rules derive from texts.
  private static let identities = """
    CREATE TABLE identities (
      kind INTEGER NOT NULL,
      identity TEXT NOT NULL,
      user_key INTEGER NOT NULL,
      PRIMARY KEY (kind, identity, user_key)
    ) STRICT, WITHOUT ROWID;
    """

  /// Runs first in a migration, because the other steps use the new name.
  private static let renaming = "ALTER TABLE settings RENAME TO properties;"

  /// Escapes raw line separators in texts that are sent exactly as stored.
  private static let lineEnds = ["events": ["changes", "entry"], "answers": ["text"]].flatMap {
    (table, columns) in
    columns.flatMap { column in
      [(0x85, "0085"), (0x2028, "2028"), (0x2029, "2029")].map { scalar, digits in
        "UPDATE \(table) SET \(column) = replace(\(column), char(\(scalar)), '\\u\(digits)')"
          + " WHERE instr(\(column), char(\(scalar))) > 0;"
      }
    }
  }.joined(separator: "\n")

  /// In a store of version 3, only the feed shows that a policy was ever set or cleared, and the
  /// feed may be pruned.
  private static let policyDecided = """
    INSERT INTO properties SELECT 'policy_decided', '1'
      WHERE EXISTS (SELECT 1 FROM events WHERE type = 'policy_changed');
    """

  /// Takes the roles of deleted accounts from the events of their deletion. Role names do not
  /// contain the separator.
  private static let formerRoles = """
    INSERT INTO former_roles (user_key, roles, is_judged)
      SELECT users.key, char(31) || group_concat(role.value, char(31)) || char(31), 0
        FROM users
        JOIN events ON events.seq = (
          SELECT max(seq) FROM events
            WHERE user_key = users.key AND user_tail = users.tail AND type = 'user_deleted')
        JOIN json_each(events.changes, '$.roles.before') AS role
        WHERE users.deleted_at IS NOT NULL
        GROUP BY users.key;
    """

  private static let eventIndex = "CREATE INDEX events_user ON events (user_key);"

  /// The indexes that an import into an empty store builds after all rows are inserted.
  ///
  /// There is no index for each sort key within an organization, because each new account would
  /// then add one more page to the log for each index. `PagePlan` describes how such lists are
  /// read.
  static let lateIndexes = """
    \(eventIndex)
    CREATE INDEX users_updated ON users (updated_at) WHERE deleted_at IS NULL;
    CREATE INDEX users_name ON users (search) WHERE deleted_at IS NULL;
    CREATE INDEX users_organization ON users (organization_id) WHERE deleted_at IS NULL;
    CREATE VIRTUAL TABLE user_search USING fts5(
      text, content='', detail=none, columnsize=0, tokenize="trigram case_sensitive 1");
    -- Larger segments, merged later: fewer writes for each account, slightly slower searches.
    INSERT INTO user_search (user_search, rank) VALUES ('hashsize', 8388608);
    INSERT INTO user_search (user_search, rank) VALUES ('automerge', 8);
    """

  static let dropLateIndexes = """
    DROP INDEX events_user;
    DROP INDEX users_updated;
    DROP INDEX users_name;
    DROP INDEX users_organization;
    DROP TABLE user_search;
    """

  /// Makes an empty file a store. At the end the log is moved into the file, so that the file's
  /// header identifies the format.
  static func create(in connection: Connection, first: PackedUser) throws(StoreError) {
    try connection.run("PRAGMA journal_mode=WAL")
    try connection.run("BEGIN IMMEDIATE")
    try connection.run(tables + renaming)
    try connection.run(ledger)
    try connection.run(provenance)
    try connection.run(feeds)
    try connection.run(identities)
    try connection.run(lateIndexes)
    try connection.run("PRAGMA application_id=\(applicationId)")
    try connection.run("PRAGMA user_version=\(version)")
    let key = base64URL(SigningKey.random().bytes)
    try connection.run("INSERT INTO properties VALUES ('cursor_key', '\(key)')")
    try Settings(connection).renameFeed()
    let writer = UserWriter(connection)
    try first.withRow { (row) throws(StoreError) in try writer.insert(row) }
    try writer.flush()
    try EventTable(connection).append(.creation(of: first, after: .none, ChangeRecorder()))
    try connection.run("COMMIT")
    connection.emptyLog()
  }

  /// Migrates a store of an older version to this one, in one transaction. Call this under the
  /// `WriteLock`. Another process may have migrated the store already.
  static func migrate(_ connection: Connection) throws(StoreError) {
    try connection.run("BEGIN IMMEDIATE")
    do throws(StoreError) {
      let found = try connection.number("PRAGMA user_version")
      if found > version { throw .newerVersion }
      if found < 5 { try connection.run(renaming) }
      if found < 2 { try connection.run(ledger + eventIndex) }
      if found < 3 { try connection.run(provenance + formerRoles) }
      if found < 4 {
        try connection.run(feeds + policyDecided)
        try IdempotencyTable(connection).indexAll()
        try Settings(connection).renameFeed()
      }
      if found < 5 {
        try connection.run(identities + lineEnds)
        try Renormalization(connection).run()
      }
      try connection.run("PRAGMA user_version=\(version)")
      try connection.run("COMMIT")
    } catch {
      if connection.isInTransaction { try connection.run("ROLLBACK") }
      throw error
    }
    connection.emptyLog()
  }
}
