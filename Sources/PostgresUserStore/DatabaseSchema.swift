internal import Contract

/// The tables of a store.
///
/// Every number is a bigint. Texts are compared byte by byte, because they are folded and ordered by
/// Roster: the database's locale has no effect.
enum DatabaseSchema {
  /// The format that this Roster makes and serves. `ServerMigration` leads to it from older ones.
  static let version: Int64 = 1
  /// The oldest format whose programs can serve a store of this one, so that machines can be upgraded
  /// one by one after the store.
  static let servedFrom: Int64 = 1

  /// The statements that make the tables and their indexes, in the first schema of the search path.
  static let creation = tables + indexes

  /// The tables without the indexes, which are built faster when all rows are there.
  static let tables = directory + users + events + credentials + answers

  /// One row, which every transaction that writes locks and updates.
  ///
  /// - `format` is the format of the tables, and `served_from` the oldest format whose programs can serve
  ///   them.
  /// - `revision` is the number of transactions that have written; `seq` and `at` are those of the
  ///   latest event, and `oldest` is the number of the oldest.
  /// - `policy_revision` is the revision at which the policy was last set or cleared; 0 for never.
  /// - `has_attempts` tells whether failed sign-ins may be recorded.
  /// - `stamp` is a random number of the transaction that wrote last. It is in the events of that
  ///   transaction too, and tells what became of a commit whose answer was lost.
  private static let directory = [
    """
    CREATE TABLE directory (
      one boolean PRIMARY KEY DEFAULT true CHECK (one),
      format bigint NOT NULL,
      revision bigint NOT NULL,
      seq bigint NOT NULL,
      at bigint NOT NULL,
      oldest bigint,
      policy_revision bigint NOT NULL,
      has_attempts boolean NOT NULL,
      stamp bigint NOT NULL,
      feed_id text COLLATE "C" NOT NULL,
      cursor_key bytea NOT NULL,
      served_from bigint NOT NULL
    ) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)
    """,
    """
    CREATE TABLE policy (
      one boolean PRIMARY KEY DEFAULT true CHECK (one),
      text text NOT NULL,
      checksum bigint NOT NULL
    )
    """,
  ]

  /// The accounts.
  ///
  /// `record` holds all of an account (see `PackedRecord`). The other columns exist for indexes and
  /// conditions, and repeat parts of it:
  /// - `key` is the part of the id that orders by creation (see `UserID`).
  /// - `search_name` is the normalized name; `search_email` the normalized email, null if it equals
  ///   the email, and empty for an account without an email.
  /// - `email` of an account without an email is a space and the id, so that it is unique and
  ///   sortable.
  /// - `email_key` and `username_key` are the `IdentityKey`s, and `email_domain` is the part of
  ///   `email_key` after the last @.
  /// - `username` is null if it equals the email, or the id for an account without an email.
  /// - `roles` and `auto_groups` are packed lists (see `BorrowedTextList`).
  /// - `terms` are the hashes of what a search looks for (see `SearchTerms`).
  ///
  /// `counts` holds the number of accounts with these flags: in all (scope ''), and by organization
  /// (':' and its id).
  private static let users = [
    """
    CREATE TABLE users (
      key bigint PRIMARY KEY,
      flags bigint NOT NULL,
      updated_at bigint NOT NULL,
      deleted_at bigint,
      last_login bigint,
      organization_id text COLLATE "C",
      search_name text COLLATE "C" NOT NULL,
      search_email text COLLATE "C",
      email text COLLATE "C" NOT NULL,
      email_key text COLLATE "C",
      email_domain text COLLATE "C",
      username text COLLATE "C",
      username_key text COLLATE "C",
      roles text COLLATE "C" NOT NULL,
      auto_groups text COLLATE "C" NOT NULL,
      oauth_provider text COLLATE "C",
      oauth_id text COLLATE "C",
      terms integer[] NOT NULL,
      record bytea NOT NULL
    )
    """,
    """
    CREATE TABLE counts (
      scope text COLLATE "C" NOT NULL,
      flags bigint NOT NULL,
      count bigint NOT NULL,
      PRIMARY KEY (scope, flags)
    ) WITH (fillfactor = 50)
    """,
    """
    CREATE TABLE former_roles (
      user_key bigint PRIMARY KEY REFERENCES users (key) ON DELETE CASCADE,
      roles text NOT NULL,
      is_judged boolean NOT NULL
    )
    """,
  ]

  /// The feed of changes.
  ///
  /// - `type` is a number (see `EventCode`).
  /// - `user_key` is null for an event about no account.
  /// - The changes are a JSON text in `changes`, or for a new account its record in `creation`; so
  ///   are those for the organization that the account moves into, in `entry` or `entry_creation`.
  /// - `stamp` is that of the transaction (see `directory`).
  private static let events = [
    """
    CREATE TABLE events (
      seq bigint PRIMARY KEY,
      type bigint NOT NULL,
      at bigint NOT NULL,
      actor_key bigint,
      actor_tail bigint,
      user_key bigint,
      user_tail bigint,
      email text COLLATE "C",
      organization_id text COLLATE "C",
      former_organization_id text COLLATE "C",
      changes text,
      creation bytea,
      entry text,
      entry_creation bytea,
      stamp bigint NOT NULL
    )
    """
  ]

  /// Passwords, tokens and failed sign-ins, as in a store file: digests and hashes, never secrets.
  private static let credentials = [
    """
    CREATE TABLE passwords (
      user_key bigint PRIMARY KEY REFERENCES users (key) ON DELETE CASCADE,
      hash text NOT NULL,
      temporary_until bigint,
      checksum bigint NOT NULL,
      askers text
    )
    """,
    """
    CREATE TABLE tokens (
      key bigint PRIMARY KEY,
      tail bigint NOT NULL,
      kind bigint NOT NULL,
      user_key bigint NOT NULL REFERENCES users (key) ON DELETE CASCADE,
      user_tail bigint NOT NULL,
      digest bytea NOT NULL UNIQUE,
      name text NOT NULL,
      capabilities text,
      expires_at bigint NOT NULL,
      last_used bigint,
      checksum bigint NOT NULL,
      askers text
    )
    """,
    """
    CREATE TABLE attempts (
      subject bytea PRIMARY KEY,
      failures bigint NOT NULL,
      last bigint NOT NULL
    )
    """,
  ]

  /// Idempotency records, and the accounts that each may contain.
  private static let answers = [
    """
    CREATE TABLE answers (
      key bytea PRIMARY KEY,
      request bytea NOT NULL,
      text text NOT NULL,
      at bigint NOT NULL,
      proof text,
      user_key bigint,
      user_tail bigint
    )
    """,
    """
    CREATE TABLE answer_subjects (
      user_key bigint NOT NULL,
      answer bytea NOT NULL REFERENCES answers (key) ON DELETE CASCADE,
      PRIMARY KEY (user_key, answer)
    )
    """,
  ]

  static let indexes = [
    "CREATE UNIQUE INDEX users_email ON users (email) WHERE deleted_at IS NULL",
    """
    CREATE UNIQUE INDEX users_username ON users (username)
      WHERE username IS NOT NULL AND deleted_at IS NULL
    """,
    """
    CREATE UNIQUE INDEX users_oauth ON users (oauth_provider, oauth_id)
      WHERE oauth_provider IS NOT NULL AND deleted_at IS NULL
    """,
    "CREATE INDEX users_email_key ON users (email_key)",
    "CREATE INDEX users_email_domain ON users (email_domain, key)",
    "CREATE INDEX users_username_key ON users (username_key) WHERE username_key IS NOT NULL",
    "CREATE INDEX users_oauth_id ON users (oauth_id) WHERE oauth_id IS NOT NULL",
    "CREATE INDEX users_deleted ON users (key) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX users_updated ON users (updated_at, key)",
    "CREATE INDEX users_name ON users (search_name, email, key)",
    "CREATE INDEX users_organization ON users (organization_id, key)",
    "CREATE INDEX users_login ON users (last_login) WHERE last_login IS NOT NULL",
    "CREATE INDEX users_terms ON users USING gin (terms)",
    "CREATE INDEX events_user ON events (user_key, seq)",
    "CREATE INDEX events_organization ON events (organization_id, seq)",
    """
    CREATE INDEX events_former_organization ON events (former_organization_id, seq)
      WHERE former_organization_id IS NOT NULL
    """,
    "CREATE INDEX tokens_user ON tokens (user_key)",
    "CREATE INDEX attempts_last ON attempts (last)",
    "CREATE INDEX answers_at ON answers (at)",
    "CREATE INDEX answer_subjects_answer ON answer_subjects (answer)",
  ]

  static var indexNames: [String] {
    indexes.compactMap { statement in
      let words = statement.words(at: " ")
      return zip(words, words.dropFirst()).first { $0.0 == "INDEX" }.map { String($0.1) }
    }
  }
}
