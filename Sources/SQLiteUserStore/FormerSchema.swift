internal import Contract
internal import Users

/// The tables of stores that older versions made, and their migration to the present format.
///
/// Each version added to the tables of the one before. Version 6 made all of them anew.
enum FormerSchema {
  /// The additions of version 2.
  ///
  /// - Accounts are referenced by `key` and `tail`, as in `users`.
  /// - `digest`, `subject`, `key` and `request` are BLAKE2b-256 digests: none can be used as a
  ///   secret.
  /// - `capabilities` are names separated by spaces; null means all that the account has.
  private static let ledger = """
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

  private static let tables = [
    "users", "events", "tallies", "properties", "passwords", "tokens", "attempts", "answers",
    "answer_subjects", "former_roles", "identities",
  ]

  /// Makes room for the present tables and their indexes.
  private static let setAside =
    tables.map { "ALTER TABLE \($0) RENAME TO old_\($0);" }.joined()
    + [
      "users_email", "users_username", "users_oauth", "users_deleted", "users_updated",
      "users_name",
      "users_organization", "events_user", "tokens_user", "attempts_last", "answers_at",
      "answer_subjects_answer",
    ].map { "DROP INDEX IF EXISTS \($0);" }.joined()

  private static let dropOld =
    "DROP TABLE user_search;" + tables.map { "DROP TABLE old_\($0);" }.joined()

  /// Copies everything but the accounts. Changes in events stay as they are: a list of changes can't
  /// always be turned back into the account.
  private static var copy: String {
    let codes = EventTable.codes.map { "WHEN '\($0.type.rawValue)' THEN \($0.code)" }
    return """
      INSERT INTO store_settings
        SELECT CASE name WHEN 'policy_seal' THEN 'policy_checksum' ELSE name END, value
          FROM old_properties;
      INSERT INTO passwords (user_key, hash, temporary_until, checksum, askers)
        SELECT user_key, hash, temporary_until, seal, askers FROM old_passwords;
      INSERT INTO tokens (key, tail, kind, user_key, user_tail, digest, name, capabilities,
          expires_at, last_used, checksum, askers)
        SELECT key, tail, kind, user_key, user_tail, digest, name, capabilities, expires_at,
          last_used, seal, askers FROM old_tokens;
      INSERT INTO attempts (subject, failures, last)
        SELECT subject, failures, last FROM old_attempts;
      INSERT INTO answers (key, request, text, at, proof, user_key, user_tail)
        SELECT key, request, text, at, proof, user_key, user_tail FROM old_answers;
      INSERT INTO answer_subjects (user_key, answer)
        SELECT user_key, answer FROM old_answer_subjects;
      INSERT INTO former_roles (user_key, roles, is_judged)
        SELECT user_key, roles, is_judged FROM old_former_roles;
      INSERT INTO events (seq, type, at, actor_key, actor_tail, user_key, user_tail, email,
          organization_id, former_organization_id, changes, entry)
        SELECT seq, CASE type \(codes.joined(separator: " ")) ELSE 0 END, at, actor_key, actor_tail,
          user_key, user_tail, email, organization_id, former_organization_id, changes, entry
          FROM old_events ORDER BY seq;
      """
  }

  /// Migrates a store of an older version to the present one, in one transaction. Call this under
  /// the `WriteLock`. Another process may have migrated the store already. `progress` receives the
  /// numbers of all accounts and of those that are left.
  static func migrate(
    _ connection: Connection, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws(StoreError) {
    // Dropping the old table of accounts must not delete what refers to them. (SQLite ignores this
    // pragma within a transaction.)
    try connection.run("PRAGMA foreign_keys=OFF; PRAGMA legacy_alter_table=ON; BEGIN IMMEDIATE")
    do throws(StoreError) {
      let found = try connection.number("PRAGMA user_version")
      if found > DatabaseSchema.version { throw .newerVersion }
      if found < DatabaseSchema.version { try migrate(connection, from: found, progress) }
      try connection.run("COMMIT")
    } catch {
      defer { connection.undoLog() }
      if connection.isInTransaction { try connection.run("ROLLBACK") }
      throw error
    }
    try connection.run("PRAGMA legacy_alter_table=OFF; PRAGMA foreign_keys=ON")
    connection.emptyLog()
  }

  private static func migrate(
    _ connection: Connection, from found: Int64, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws(StoreError) {
    if found < 5 { try connection.run(renaming) }
    if found < 2 { try connection.run(ledger) }
    if found < 3 { try connection.run(provenance + formerRoles) }
    if found < 4 { try connection.run(feeds + policyDecided) }
    if found < 5 { try connection.run(identities + lineEnds) }
    try connection.run(setAside + DatabaseSchema.tables + copy)
    if found < 4 {
      try IdempotencyTable(connection).indexAll()
      try Settings(connection).renameFeed()
    }
    try FormerUsers(connection).moveAll(progress)
    try connection.run(dropOld + DatabaseSchema.lateIndexes)
    try TrigramIndex(connection).addAll()
    try connection.run("PRAGMA user_version=\(DatabaseSchema.version)")
  }
}
