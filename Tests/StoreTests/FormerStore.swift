import Users

/// Writes store files of the formats 1 to 5, as older versions of Roster made them.
enum FormerStore {
  /// Writes a file of this format with the accounts, their secrets and the events of the present
  /// store at `current`, as far as the format has them.
  static func make(_ path: String, format: Int, from current: String, _ users: [User]) throws {
    let raw = try RawDatabase(path: path)
    try raw.run("PRAGMA journal_mode=WAL; PRAGMA application_id=\(0x526F_7374)")
    try raw.run(tables + additions.prefix(format - 1).joined())
    try raw.run("ATTACH '\(current)' AS now")
    let settings = format < 5 ? "settings" : "properties"
    try raw.run(
      "INSERT INTO \(settings) SELECT * FROM now.store_settings WHERE name = 'cursor_key'")
    for user in users { try insert(user, searchText(user), raw) }
    try raw.run(
      """
      INSERT INTO tallies SELECT '', flags, count(*) FROM users GROUP BY flags;
      INSERT INTO tallies SELECT ':' || organization_id, flags, count(*) FROM users
        WHERE organization_id IS NOT NULL GROUP BY organization_id, flags;
      INSERT INTO user_search (rowid, text) SELECT key, search FROM users;
      """)
    if format > 1 { try copySecretsAndEvents(raw) }
    if format > 3 {
      try raw.run(
        "INSERT INTO \(settings) SELECT * FROM now.store_settings WHERE name = 'feed_id'")
    }
    try raw.run("PRAGMA user_version=\(format)")
  }

  private static func copySecretsAndEvents(_ raw: RawDatabase) throws {
    let types = EventType.allCases.enumerated().map { "WHEN \($0 + 1) THEN '\($1.rawValue)'" }
    try raw.run(
      """
      INSERT INTO passwords (user_key, hash, temporary_until, seal)
        SELECT user_key, hash, temporary_until, checksum FROM now.passwords;
      INSERT INTO tokens (key, tail, kind, user_key, user_tail, digest, name, capabilities,
          expires_at, last_used, seal)
        SELECT key, tail, kind, user_key, user_tail, digest, name, capabilities, expires_at,
          last_used, checksum FROM now.tokens;
      INSERT INTO events (seq, type, at, actor_key, actor_tail, user_key, user_tail, email,
          organization_id, changes)
        SELECT seq, CASE type \(types.joined(separator: " ")) END, at, actor_key, actor_tail,
          user_key, user_tail, email, organization_id,
          CASE typeof(changes) WHEN 'text' THEN changes ELSE '{}' END FROM now.events;
      """)
  }

  /// The normalized name and email, as Roster 0.6.0 derived them.
  private static func searchText(_ user: User) -> String {
    "\(user.name.lowercased())\n\(user.email ?? "")"
  }

  /// Inserts an account with the checksum that these formats kept: of all numbers, then of all texts.
  static func insert(_ user: User, _ search: String, _ raw: RawDatabase) throws {
    let packed = { (values: [String]) in
      values.isEmpty ? "" : "\u{1F}" + values.joined(separator: "\u{1F}") + "\u{1F}"
    }
    let numbers: [(String, Int64?)] = [
      ("key", user.id.key), ("tail", user.id.tail), ("flags", Int64(user.flags.rawValue)),
      ("version", Int64(user.version)), ("updated_at", user.updatedAt.milliseconds),
      ("last_login", user.lastLogin?.milliseconds), ("deleted_at", user.deletedAt?.milliseconds),
    ]
    let texts: [(String, String?)] = [
      ("name", user.name), ("search", search), ("roles", packed(user.roles)),
      ("auto_groups", user.autoGroups.isEmpty ? nil : packed(user.autoGroups)),
      ("metadata", user.metadata == "{}" ? nil : user.metadata), ("email", user.email),
      ("username", user.username == user.defaultUsername ? nil : user.username),
      ("organization_id", user.organizationID), ("avatar_url", user.avatarURL),
      ("company", user.company), ("job_title", user.jobTitle),
      ("oauth_provider", user.oauthProvider), ("oauth_id", user.oauthID),
    ]
    var mix = Checksum.Mix()
    for (_, number) in numbers { mix.add(number ?? -1) }
    for (_, text) in texts { Array((text ?? "").utf8).withUnsafeBufferPointer { mix.add($0) } }
    var values = numbers.map { ($0, $1.map { "\($0)" } ?? "NULL") }
    values += texts.map { ($0, $1.map(quoted) ?? ($0 == "email" ? "' \(user.id.text)'" : "NULL")) }
    values.append(("seal", "\(mix.value)"))
    try raw.run(
      """
      INSERT INTO users (\(values.map(\.0).joined(separator: ", ")))
        VALUES (\(values.map(\.1).joined(separator: ", ")))
      """)
  }

  private static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
  }

  /// The tables of the first Roster: `Schema.swift` of version 0.1.0.
  static let tables = """
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
    -- How many accounts have these flags: of all (scope ''), and of each organization (':' and id).
    CREATE TABLE tallies (
      scope TEXT NOT NULL,
      flags INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (scope, flags)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX users_updated ON users (updated_at) WHERE deleted_at IS NULL;
    CREATE INDEX users_name ON users (search) WHERE deleted_at IS NULL;
    CREATE INDEX users_organization ON users (organization_id) WHERE deleted_at IS NULL;
    CREATE VIRTUAL TABLE user_search USING fts5(
      text, content='', detail=none, columnsize=0, tokenize="trigram case_sensitive 1");
    -- Larger segments, merged later: less to write for each account, little more to look up.
    INSERT INTO user_search (user_search, rank) VALUES ('hashsize', 8388608);
    INSERT INTO user_search (user_search, rank) VALUES ('automerge', 8);
    """

  /// What each later version added: 2, 3, 4 and 5. The migrations of the time, without the values
  /// that they derived.
  static let additions = [
    """
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
    CREATE INDEX events_user ON events (user_key);
    """,
    """
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
    """,
    """
    ALTER TABLE events ADD COLUMN entry TEXT;
    CREATE TABLE answer_subjects (
      user_key INTEGER NOT NULL,
      answer BLOB NOT NULL REFERENCES answers (key) ON DELETE CASCADE,
      PRIMARY KEY (user_key, answer)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX answer_subjects_answer ON answer_subjects (answer);
    """,
    """
    ALTER TABLE settings RENAME TO properties;
    CREATE TABLE identities (
      kind INTEGER NOT NULL,
      identity TEXT NOT NULL,
      user_key INTEGER NOT NULL,
      PRIMARY KEY (kind, identity, user_key)
    ) STRICT, WITHOUT ROWID;
    """,
  ]
}
