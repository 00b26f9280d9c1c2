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

  /// Puts a file of this format in place of the store, with its accounts, secrets and events.
  private func makeFormer(_ format: Int, _ users: [User]? = nil) throws {
    let current = folder.appending(path: "current.db").path
    for end in ["", "-wal", "-shm", "-lock"] {
      let from = path + end
      if FileManager.default.fileExists(atPath: from) {
        try FileManager.default.moveItem(atPath: from, toPath: current + end)
      }
    }
    try FormerStore.make(path, format: format, from: current, users ?? [Account.owner, ada, gone])
    for end in ["", "-wal", "-shm"]
    where FileManager.default.fileExists(atPath: path + end) {
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path + end)
    }
  }

  private func makeFormat1() throws {
    try makeStore()
    try makeFormer(1)
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
    store.releaseSnapshot()
    try makeFormer(2)
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
    #expect(
      try migrated.run("SELECT value FROM store_settings WHERE name = 'cursor_key'") == cursorKey)
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
    try makeFormer(4, [Account.owner, ada, gone] + users)
    try RawDatabase(path: path).run(
      """
      UPDATE events SET changes = '{"name":{"after":"a' || char(0x2028) || 'b"}}' WHERE seq = 1;
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
      "ALTER TABLE store_settings RENAME TO later; PRAGMA user_version=\(next)")
    #expect(throws: StoreError.newerVersion) { try store.beginRead() }
  }
}
