internal import Secrets
internal import Users

/// The tables of a store file.
enum DatabaseSchema {
  /// "Rost" in ASCII, in the file's header.
  static let applicationId: Int64 = 0x526F_7374
  static let version: Int64 = 6
  /// SQLite's default page size, which new stores have.
  static let pageBytes: Int64 = 4096

  /// The accounts.
  ///
  /// `record` holds all of an account (see `PackedRecord`), so that reading one takes one column.
  /// The other columns exist for indexes and conditions, and repeat parts of it:
  /// - `key` is the part of the id that orders by creation (see `UserID`).
  /// - `search_name` is the normalized name; `search_email` the normalized email, null if it equals
  ///   the email.
  /// - `email` of an account without an email is a space and the id, so that it is unique and
  ///   sortable; `search_email` is empty then.
  /// - `username` is null if it equals the email, or the id for an account without an email.
  /// - `roles` and `auto_groups` are packed lists (see `BorrowedTextList`); null for no groups, and
  ///   for the role of most accounts.
  private static let users = """
    CREATE TABLE users (
      key INTEGER PRIMARY KEY,
      flags INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      deleted_at INTEGER,
      last_login INTEGER,
      organization_id TEXT,
      search_name TEXT NOT NULL,
      email TEXT NOT NULL,
      search_email TEXT,
      username TEXT,
      roles TEXT,
      auto_groups TEXT,
      oauth_provider TEXT,
      oauth_id TEXT,
      record BLOB NOT NULL
    ) STRICT;
    """

  /// The unique fields. Deleted accounts are left out: their emails are free.
  private static let uniqueIndexes = """
    CREATE UNIQUE INDEX users_email ON users (email) WHERE deleted_at IS NULL;
    CREATE UNIQUE INDEX users_username ON users (username)
      WHERE username IS NOT NULL AND deleted_at IS NULL;
    CREATE UNIQUE INDEX users_oauth ON users (oauth_provider, oauth_id)
      WHERE (oauth_provider IS NOT NULL OR oauth_id IS NOT NULL) AND deleted_at IS NULL;
    """

  /// The feed of changes.
  ///
  /// - Accounts are referenced by `key` and `tail`, the two halves of an id.
  /// - `type` is a number (see `EventTable.codes`).
  /// - `changes` is a JSON text. For a new account it is the account's record, from which the list
  ///   and the email follow; null as long as the account is as it was created: then `users` has the
  ///   record.
  /// - `entry` contains all fields of the account, for the organization that the account moves
  ///   into: as a record, or as a text in events of older versions.
  private static let events = """
    CREATE TABLE events (
      seq INTEGER PRIMARY KEY,
      type INTEGER NOT NULL,
      at INTEGER NOT NULL,
      actor_key INTEGER,
      actor_tail INTEGER,
      user_key INTEGER NOT NULL,
      user_tail INTEGER NOT NULL,
      email TEXT,
      organization_id TEXT,
      former_organization_id TEXT,
      changes ANY,
      entry ANY
    ) STRICT;
    CREATE INDEX events_user ON events (user_key);
    """

  /// All other tables.
  ///
  /// - `counts` holds the number of accounts with these flags: in all (scope ''), and by
  ///   organization (':' and its id).
  /// - `identities` holds the emails (kind 0) and usernames (1) that differ from their comparison
  ///   key (see `IdentityKey`), including those of deleted accounts.
  /// - `digest`, `subject`, `key` and `request` are BLAKE2b-256 digests: none can be used as a
  ///   secret. `proof` is an Argon2id hash of the passwords of a call.
  /// - `capabilities` are names separated by spaces; null means all that the account has.
  /// - `askers` lists who asked for a secret (see `Askers`); null if unknown.
  /// - `former_roles` holds roles that deleted accounts may get back, packed (see `FormerRoles`).
  /// - `answer_subjects` lists the accounts that an idempotency record contains; `answer` is its
  ///   key. `user_key` and `user_tail` of a record are the account that a call without a caller was
  ///   about.
  private static let others = """
    CREATE TABLE counts (
      scope TEXT NOT NULL,
      flags INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (scope, flags)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE store_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE identities (
      kind INTEGER NOT NULL,
      identity TEXT NOT NULL,
      user_key INTEGER NOT NULL,
      PRIMARY KEY (kind, identity, user_key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE passwords (
      user_key INTEGER PRIMARY KEY REFERENCES users (key) ON DELETE CASCADE,
      hash TEXT NOT NULL,
      temporary_until INTEGER,
      checksum INTEGER NOT NULL,
      askers TEXT
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
      checksum INTEGER NOT NULL,
      askers TEXT
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
      at INTEGER NOT NULL,
      proof TEXT,
      user_key INTEGER,
      user_tail INTEGER
    ) STRICT;
    CREATE INDEX answers_at ON answers (at);
    CREATE TABLE answer_subjects (
      user_key INTEGER NOT NULL,
      answer BLOB NOT NULL REFERENCES answers (key) ON DELETE CASCADE,
      PRIMARY KEY (user_key, answer)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX answer_subjects_answer ON answer_subjects (answer);
    CREATE TABLE former_roles (
      user_key INTEGER PRIMARY KEY REFERENCES users (key) ON DELETE CASCADE,
      roles TEXT NOT NULL,
      is_judged INTEGER NOT NULL
    ) STRICT;
    """

  /// All tables without the late indexes.
  static let tables = users + uniqueIndexes + events + others

  /// What identifies the file and its format.
  static let marks = "PRAGMA application_id=\(applicationId); PRAGMA user_version=\(version)"

  /// The indexes that an import into an empty store builds after all rows are inserted, which takes
  /// a third of the time. `PagePlan` describes how lists use them.
  ///
  /// - `users_name` and `users_organization` hold all that a search needs, so that it visits only
  ///   the accounts that it returns.
  /// - `users_organization` holds all sort keys, in place of an index for each.
  static let lateIndexes = """
    CREATE INDEX users_updated ON users (updated_at);
    CREATE INDEX users_name ON users (search_name, email, flags, search_email);
    CREATE INDEX users_organization ON users
      (organization_id, key, updated_at, flags, search_name, email, search_email);
    CREATE INDEX users_flags ON users (flags);
    CREATE INDEX users_role ON users (organization_id, roles) WHERE roles IS NOT NULL;
    CREATE INDEX users_group ON users (organization_id, auto_groups)
      WHERE auto_groups IS NOT NULL;
    CREATE INDEX users_login ON users (last_login) WHERE last_login IS NOT NULL;
    CREATE INDEX users_deleted ON users (email, username, oauth_provider, oauth_id)
      WHERE deleted_at IS NOT NULL;
    \(TrigramIndex.creation)
    """

  static let dropLateIndexes = """
    DROP INDEX users_updated;
    DROP INDEX users_name;
    DROP INDEX users_organization;
    DROP INDEX users_flags;
    DROP INDEX users_role;
    DROP INDEX users_group;
    DROP INDEX users_login;
    DROP INDEX users_deleted;
    DROP TABLE user_search;
    """

  /// Makes an empty file a store. At the end the log is moved into the file, so that the file's
  /// header identifies the format.
  static func create(in connection: Connection, first: PackedUser) throws(StoreError) {
    try connection.run("PRAGMA journal_mode=WAL")
    try connection.run("BEGIN IMMEDIATE")
    try connection.run(tables + lateIndexes)
    try connection.run(marks)
    let settings = Settings(connection)
    try settings.makeCursorKey()
    try settings.renameFeed()
    let writer = UserWriter(connection)
    try writer.insert(first)
    try writer.flush()
    try EventTable(connection).append(.creation(of: first, after: .none), isUnchanged: true)
    try connection.run("COMMIT")
    connection.emptyLog()
  }
}
