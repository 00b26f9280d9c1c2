import Contract
import Foundation
import SQLiteUserStore
import Testing
import UserMethods
import Users

/// Store files of other formats than the current one.
@Suite final class MigrationTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  private var path: String { folder.appending(path: "users.db").path }

  private let ada = Account.make(1) { user in
    user.name = "Ágnes"
    user.metadata = #"{"a":[1,2.50]}"#
    user.oauthProvider = "google"
    user.oauthID = "7"
    user.roles = ["admin", "billing"]
    user.flags = [.active, .superuser, .emailVerified]
  }
  private let gone = Account.make(2).deleted(at: Sample.time(5))

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func makeStore() throws {
    try SQLiteUserStore.create(path: path, owner: Account.owner)
    let store = try SQLiteUserStore(path: path)
    try store.put([ada, gone])
  }

  /// Writes a file of format 1 with these accounts. The rows are the same, so it is a current file
  /// without the later additions.
  private func makeFormat1() throws {
    try makeStore()
    let raw = try RawDatabase(path: path)
    try dropLaterMembers(raw)
    try raw.run(
      """
      DROP TABLE identities; \(Self.oldSettings)
      DELETE FROM settings WHERE name <> 'cursor_key'; DROP TABLE answer_subjects;
      DROP TABLE former_roles; DROP INDEX users_deleted; DROP TABLE passwords; DROP TABLE tokens; DROP TABLE attempts;
      DROP TABLE answers; DROP TABLE events; PRAGMA user_version=1;
      """)
  }

  /// Renames a table to the name that it had before format 5.
  private static let oldSettings = """
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO settings SELECT * FROM properties; DROP TABLE properties;
    """

  /// Drops the columns of accounts that were added after format 1.
  private func dropLaterMembers(_ raw: RawDatabase) throws {
    let columns = "SELECT name FROM pragma_table_info('users')"
    let first = try RawDatabase(path: ":memory:")
    try first.run(Self.format1)
    let kept = Set(try first.run(columns))
    for column in try raw.run(columns) where !kept.contains(column) {
      try raw.run("ALTER TABLE users DROP COLUMN \(column)")
    }
  }

  /// Writes a file of format 2, in which only its event holds a deleted account's roles.
  private func makeFormat2() throws {
    try makeStore()
    let store = try SQLiteUserStore(path: path)
    try store.writing {
      try store.insert(Sample.token(1, of: ada) { $0.name = "kept" })
      try store.setPassword(Sample.password(1, of: ada), of: ada.id)
      let next = try store.latestEvent.seq + 1
      let roles = #"{"roles":{"before":["annotator","billing","admin"],"after":[]}}"#
      try store.append(Sample.event(next, .userDeleted, of: gone, changes: roles))
    }
    let raw = try RawDatabase(path: path)
    try dropLaterMembers(raw)
    try raw.run(
      """
      DROP TABLE answer_subjects; DROP TABLE identities; \(Self.oldSettings)
      ALTER TABLE events DROP COLUMN entry;
      DELETE FROM settings WHERE name <> 'cursor_key';
      DROP TABLE former_roles; ALTER TABLE passwords DROP COLUMN askers;
      ALTER TABLE tokens DROP COLUMN askers; ALTER TABLE answers DROP COLUMN proof;
      ALTER TABLE answers DROP COLUMN user_key; ALTER TABLE answers DROP COLUMN user_tail;
      PRAGMA user_version=2;
      """)
  }

  @Test("A store of format 2 keeps secrets, with unknown askers, and a deleted account's roles")
  func format2() throws {
    try makeFormat2()
    let store = try SQLiteUserStore(path: path)
    try store.reading { () throws in
      #expect(try store.tokens(of: ada.id) == [Sample.token(1, of: ada) { $0.name = "kept" }])
      #expect(try store.tokens(of: ada.id).first?.askers == .unknown)
      #expect(try store.password(of: ada.id) == Sample.password(1, of: ada))
      let former = FormerRoles(["annotator", "billing", "admin"], isJudged: false)
      #expect(try store.formerRoles(of: gone.id) == former)
      #expect(try store.formerRoles(of: ada.id) == nil)
      #expect(try store.policyText == nil)
    }
    let freshPath = folder.appending(path: "fresh.db").path
    try SQLiteUserStore.create(path: freshPath, owner: Account.owner)
    let fresh = try RawDatabase(path: freshPath)
    #expect(try RawDatabase(path: path).schema() == fresh.schema())
  }

  private func everything(_ store: any UserStore) throws -> Everything {
    try store.reading { try Everything(store) }
  }

  @Test("The file that these tests migrate has the schema of Roster 0.1.0, format 1")
  func isFormat1() throws {
    try makeFormat1()
    let first = try RawDatabase(path: folder.appending(path: "first.db").path)
    try first.run(Self.format1)
    #expect(try RawDatabase(path: path).schema() == first.schema())
    #expect(try RawDatabase(path: path).run("PRAGMA user_version") == ["1"])
  }

  @Test("A store of format 1 opens with all its accounts and without events")
  func opens() throws {
    try makeFormat1()
    let store = try SQLiteUserStore(path: path)
    let found = try everything(store)
    #expect(found.users == [Account.owner, ada, gone])
    #expect(found.found["agnes"] == [ada.id])
    #expect(found.events.isEmpty && found.latestEvent == .none)
    #expect(found.passwords == [nil, nil, nil] && found.tokens == [[], [], []])
    #expect(try store.user(.email("user1@example.com")) == ada)
    #expect(try store.user(.email("user2@example.com")) == nil)
  }

  @Test("A migrated store of format 1 has the schema of a new one, and stores all kinds of data")
  func becomesCurrent() throws {
    try makeFormat1()
    let cursorKey = try RawDatabase(path: path).run(
      "SELECT value FROM settings WHERE name = 'cursor_key'")
    try useStore()
    let migrated = try RawDatabase(path: path)
    let freshPath = folder.appending(path: "fresh.db").path
    try SQLiteUserStore.create(path: freshPath, owner: Account.owner)
    let fresh = try RawDatabase(path: freshPath)
    #expect(try migrated.schema() == fresh.schema())
    #expect(try migrated.run("PRAGMA user_version") == fresh.run("PRAGMA user_version"))
    #expect(try migrated.run("PRAGMA application_id") == fresh.run("PRAGMA application_id"))
    #expect(try migrated.run("PRAGMA integrity_check") == ["ok"])
    #expect(try migrated.run("PRAGMA foreign_key_check") == [])
    // The cursor key stays, so cursors that clients hold stay valid.
    #expect(try migrated.run("SELECT value FROM properties WHERE name = 'cursor_key'") == cursorKey)
  }

  /// Stores one entry of each kind, and reads it with another connection.
  private func useStore() throws {
    let store = try SQLiteUserStore(path: path)
    try store.writing {
      try store.append(Sample.event(1, .userUpdated, of: ada))
      try store.insert(Sample.token(1, of: ada))
      try store.setPassword(Sample.password(1, of: ada), of: ada.id)
      try store.setAttempts(
        Attempts(failures: 1, last: Sample.time(1)), of: Sample.digest(1),
        forgottenBefore: Sample.time(0))
      try store.remember(
        IdempotencyRecord(request: [1], text: "true", at: Sample.time(1)), to: Sample.digest(1),
        forgottenBefore: Sample.time(0))
      try store.remove(PackedUser(gone))
    }
    let found = try everything(store)
    let again = try everything(try SQLiteUserStore(path: path))
    #expect(again == found)
    #expect(again.users == [Account.owner, ada])
    #expect(again.events == [Sample.event(1, .userUpdated, of: ada)])
    #expect(again.tokens[1] == [Sample.token(1, of: ada)])
    #expect(again.passwords[1] == Sample.password(1, of: ada))
  }

  @Test("A failed migration leaves the file at format 1 with its schema and accounts")
  func failed() throws {
    try makeFormat1()
    // The migration creates a table of this name, and therefore fails.
    try RawDatabase(path: path).run("CREATE TABLE events (mine TEXT) STRICT")
    let before = try RawDatabase(path: path).schema()
    #expect(throws: (any Error).self) { try SQLiteUserStore(path: self.path) }
    let raw = try RawDatabase(path: path)
    #expect(try raw.schema() == before)
    #expect(try raw.run("PRAGMA user_version") == ["1"])
    try raw.run("DROP TABLE events")
    #expect(try everything(try SQLiteUserStore(path: path)).users.count == 3)
  }

  @Test(
    "A file of a newer format or of none is rejected, and its bytes stay the same",
    arguments: [0, nil, 1000])
  func otherFormats(given: Int?) throws {
    try makeStore()
    let version = try given ?? nextFormat()
    try RawDatabase(path: path).run("PRAGMA user_version=\(version)")
    let before = try Data(contentsOf: URL(filePath: path))
    let error = #expect(throws: StoreFileError.self) { try SQLiteUserStore(path: self.path) }
    let words = version == 0 ? "it has no format version" : "written by a newer Roster"
    #expect(error?.problem.text.contains(words) == true)
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(files).isSubset(of: ["users.db", "users.db-lock"]))
  }

  private func nextFormat() throws -> Int {
    let format = try RawDatabase(path: path).run("PRAGMA user_version").first.flatMap { Int($0) }
    return try #require(format) + 1
  }

  @Test("A newer format that only the WAL holds is rejected by the first read")
  func newerMeanwhile() throws {
    try makeStore()
    // The WAL holds the new version, and the main file does not yet.
    let raw = try RawDatabase(path: path)
    try raw.run("PRAGMA wal_autocheckpoint=0; PRAGMA user_version=\(try nextFormat())")
    let store = try SQLiteUserStore(path: path)
    #expect(throws: StoreError.newerVersion) { try store.beginRead() }
  }

  /// Email, username and name of accounts that today's store would reject, in the order of their ids.
  private static let odd = [
    ("νικος@x.example", "νικος@x.example", "Νίκος"),
    ("νικοσ@x.example", "νικοσ@x.example", "ΝΙΚΟΣ"),
    ("a@x.example.", "Bob", "Straße"), ("b@x.example", "bob", "山田\u{3000}太郎"),
    ("q@xn--e1afmkfd.example", "q@xn--e1afmkfd.example", "Q"), ("q@пример.example", "c", "R"),
    ("w@faß.example", "w@faß.example", "W"), ("v@xn--fa-hia.example", "V", "V"),
  ]

  /// Writes a file of format 4 with these accounts, with the search text that Roster 0.6.0 derived.
  private func makeFormat4(_ users: [User]) throws {
    try makeStore()
    try SQLiteUserStore(path: path).put(users)
    let raw = try RawDatabase(path: path)
    for user in users {
      var old = "\(user.name.lowercased())\n\(user.email ?? "")"
      try PackedUser(user).withRow { row in
        var row = row
        try old.withUTF8 { bytes in
          row.search = BorrowedText(bytes)
          let text = String(decoding: bytes, as: UTF8.self)
          try raw.run(
            "UPDATE users SET search = '\(text)', seal = \(row.checksum) WHERE key = \(user.id.key)"
          )
        }
      }
    }
    try raw.run(
      """
      INSERT INTO user_search (user_search) VALUES ('delete-all');
      INSERT INTO user_search (rowid, text) SELECT key, search FROM users;
      UPDATE events SET changes = '{"name":{"after":"a' || char(0x2028) || 'b"}}' WHERE seq = 1;
      DROP TABLE identities; \(Self.oldSettings) PRAGMA user_version=4;
      """)
  }

  @Test(
    "Accounts of format 4 with equal identity keys or unmailable emails stay, and doctor warns")
  func format4() throws {
    let users = Self.odd.enumerated().map { at, texts in
      Account.make(10 + at) { user in
        user.email = texts.0
        user.username = texts.1
        user.name = texts.2
        user.metadata = [#"{"b":{},"d":[null]}"#, #"{"s":"é","n":1.50}"#, "{}"][at % 3]
      }
    }
    let old = users.enumerated().map { at, user in
      var user = user
      user.metadata =
        [#"{"a":null,"b":{"c":null},"d":[null]}"#, #"{"s":"\u00e9","n":1.50}"#, "{}"][at % 3]
      return user
    }
    try makeFormat4(old)
    let store = try SQLiteUserStore(path: path)
    for user in users {
      #expect(try store.user(.id(user.id)) == user)
      // An exact match comes first.
      #expect(try store.user(.email(try #require(user.email))) == user)
    }
    #expect(try store.user(.email("νικοΣ@x.example")) == nil)
    #expect(try store.user(.email("w@xn--fa-hia.example")) == users[6])
    #expect(try store.user(.email("v@faß.example")) == users[7])
    for (query, count) in [("ΝΊΚΟΣ", 2), ("strasse", 1), ("山田 太郎", 1), ("agnes", 1)] {
      var filter = Filter(scope: .all)
      filter.require(.text(.query, TextNormalization.searchable(query)))
      #expect(try store.total(filter) == count, "\(query)")
    }
    let other = Account.make(30) { $0.email = "ΝΙΚΟς@x.example" }
    #expect(try store.reading { try store.conflict(of: other, isNew: true) } == .email)
    #expect(
      try RawDatabase(path: path).run("SELECT changes FROM events WHERE seq = 1")
        == [#"{"name":{"after":"a\u2028b"}}"#])
    var checks: [Check] = []
    let isFine = IntegrityCheck(path: path) { _ in [] }.run { checks.append($0) }
    #expect(isFine && !checks.contains { $0.status == .fail }, "\(checks)")
    let names = try #require(checks.first { $0.name == "names" })
    for text in [
      "νικος@x.example", "νικοσ@x.example", "Bob", "bob", "a@x.example.", "q@пример.example",
    ] {
      #expect(names.status == .warn && names.detail.contains(text), "\(text): \(names.detail)")
    }
    #expect(!names.detail.contains("w@faß.example"))
  }

  @Test("A read of an open store fails when another process has upgraded the file")
  func olderProcess() throws {
    try makeStore()
    let store = try SQLiteUserStore(path: path)
    _ = try store.user(.id(ada.id))
    let next = try nextFormat()
    try RawDatabase(path: path).run(
      "ALTER TABLE properties RENAME TO later; PRAGMA user_version=\(next)")
    #expect(throws: StoreError.newerVersion) { try store.beginRead() }
  }

  /// The tables of the first Roster: `Schema.swift` of version 0.1.0.
  private static let format1 = """
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
}
