import Contract
import Foundation
import PostgresUserStore
import SQLiteUserStore
import TestSupport
import Testing
import UserMethods
import Users

/// Whole directories, from one store to another.
@Suite struct CopySuite {
  private let folder: TemporaryFolder
  private let source: String

  init() throws {
    folder = try TemporaryFolder()
    source = folder.file("source.db")
    try SQLiteUserStore.create(path: source, owner: Account.owner)
    try WholeStore.fill(try SQLiteUserStore(path: source))
  }

  /// Each row of each table of a file, except for the feed's id, which a copy must not keep, and for how
  /// far the trigram index is built.
  private func rows(_ path: String) throws -> [String: [String]] {
    let raw = try RawDatabase(path: path)
    var rows: [String: [String]] = [:]
    let tables = try raw.run(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'user_search%'")
    for table in tables {
      let columns = try raw.run("SELECT name FROM pragma_table_info('\(table)')")
      let all = columns.map { "quote(\($0))" }.joined(separator: " || ',' || ")
      rows[table] = try raw.run("SELECT \(all) FROM \(table) ORDER BY 1")
        .filter { !$0.hasPrefix("'feed_id'") && !$0.hasPrefix("'indexed_to'") }
        .filter { table != "counts" || !$0.hasSuffix(",0") }
    }
    return rows
  }

  private func copy(_ from: any DirectoryReader, _ to: any DirectoryWriter) throws {
    try DirectoryCopy.run(from: from, to: to)
  }

  private func reader(_ path: String) throws -> any DirectoryReader {
    try SQLiteUserStore.reader(of: path) { _, _ in }
  }

  @Test("From a file to a server and back, every row of every table is the same")
  func thereAndBack() throws {
    let server = try ServerAddress(TestServer.newStore())
    let back = folder.file("back.db")
    try copy(reader(source), PostgresUserStore.writer(to: server, grantees: []))
    try copy(PostgresUserStore.reader(of: server), SQLiteUserStore.writer(to: back))
    let before = try rows(source)
    // What is not there can't be compared.
    #expect(before.count == 11 && before.values.allSatisfy { !$0.isEmpty }, "\(before)")
    let after = try rows(back)
    for (table, rows) in before { #expect(after[table] == rows, "\(table)") }
  }

  @Test("A copy answers every question as the source does, and has another feed")
  func answers() throws {
    let server = try ServerAddress(TestServer.newStore())
    try copy(reader(source), PostgresUserStore.writer(to: server, grantees: []))
    let (one, other) = (try SQLiteUserStore(path: source), try PostgresUserStore(server))
    let all = try one.reading { try Everything(one) }
    #expect(all.users.count == 5 && all.events.count == 6)
    #expect(try other.reading { try Everything(other) } == all)
    try one.beginRead()
    try other.beginRead()
    #expect(try other.cursorKey == one.cursorKey)
    #expect(try other.policyText == WholeStore.policy)
    #expect(try other.hasHadPolicy && other.hasAttempts)
    #expect(try other.oldestEvent == 2)
    #expect(try other.formerRoles(of: WholeStore.gone.id)?.names == ["annotator"])
    #expect(try other.feedID != one.feedID)
    try one.commit()
    try other.commit()
    // Both go on: the next event has the next number.
    for store in [one, other] as [any UserStore] {
      try store.writing { try store.append(Sample.event(8, of: WholeStore.bob)) }
      #expect(try store.reading { try store.latestEvent.seq } == 8)
    }
    #expect(ServerCheck(server.text).run(roleNames: { _ in [] }, { _ in }))
  }

  /// A kind of record, to leave it out.
  enum Kind: CaseIterable {
    case settings, account, formerRoles, password, token, attempts, answer, event

    func holds(_ record: DirectoryRecord) -> Bool {
      switch record {
      case .settings: self == .settings
      case .account(let user): self == .account && user.id == WholeStore.robot.id
      case .formerRoles: self == .formerRoles
      case .password: self == .password
      case .token: self == .token
      case .attempts: self == .attempts
      case .answer: self == .answer
      case .event(let event): self == .event && event.seq == 7
      }
    }
  }

  @Test(
    "Control: the comparison finds each kind of record that is left out", arguments: Kind.allCases)
  func leftOut(kind: Kind) throws {
    let server = try ServerAddress(TestServer.newStore())
    let back = folder.file("back.db")
    var isSame = true
    do {
      try DirectoryCopy.run(
        from: reader(source), to: PostgresUserStore.writer(to: server, grantees: []),
        isKept: { !kind.holds($0) })
      try copy(PostgresUserStore.reader(of: server), SQLiteUserStore.writer(to: back))
      isSame = try rows(source) == rows(back)
    } catch {
      // A token without its account, or a store without its key, is refused.
      isSame = false
    }
    #expect(!isSame)
  }

  @Test("Nothing is left of a copy that does not end", arguments: [true, false])
  func unfinished(isServer: Bool) throws {
    let address = try ServerAddress(TestServer.newStore())
    let target = folder.file("target.db")
    do {
      let writer =
        try isServer
        ? PostgresUserStore.writer(to: address, grantees: []) : SQLiteUserStore.writer(to: target)
      let reader = try reader(source)
      while let record = try reader.next() { try writer.write(record) }
    }
    #expect(try folder.names().filter { $0.hasSuffix(".new") } == [])
    #expect(try !folder.names().contains("target.db"))
    #expect(throws: StoreFileError.self) { try PostgresUserStore(address) }
    try copy(
      reader(source),
      isServer
        ? PostgresUserStore.writer(to: address, grantees: []) : SQLiteUserStore.writer(to: target))
  }

  /// A statement that damages the file, and what the refusal says.
  private static let damages = [
    (
      "UPDATE users SET record = CAST(substr(record, 1, 20) || x'01' || substr(record, 22) AS BLOB)",
      "account"
    ),
    ("UPDATE tokens SET expires_at = expires_at + 1", "a token does not match"),
    ("UPDATE passwords SET hash = hash || 'x'", "a password does not match"),
    ("DELETE FROM events WHERE seq = 4", "no event 4"),
    ("UPDATE store_settings SET value = 'x' WHERE name = 'policy'", "policy does not match"),
    ("UPDATE passwords SET user_key = user_key + 1", "belongs to no account"),
    (
      "UPDATE events SET changes = '{broken' WHERE typeof(changes) = 'text'",
      "the changes of the event"
    ),
    ("UPDATE answers SET text = 'zzz'", "The answer to an idempotency key"),
  ]

  @Test("Damage in the source fails the copy, and leaves no store", arguments: damages)
  func damaged(statement: String, reason: String) throws {
    try RawDatabase(path: source).run(statement)
    let target = folder.file("target.db")
    let server = try ServerAddress(TestServer.newStore())
    for isServer in [true, false] {
      let writer =
        try isServer
        ? PostgresUserStore.writer(to: server, grantees: []) : SQLiteUserStore.writer(to: target)
      let error = #expect(throws: StoreFileError.self) { try copy(reader(source), writer) }
      #expect(error?.problem.text.contains(reason) == true, "\(String(describing: error))")
      #expect(error?.problem.text.hasPrefix(source) == true)
    }
    #expect(try !folder.names().contains("target.db"))
  }

  @Test("Damage in a server's store fails the copy")
  func damagedServer() throws {
    let server = try ServerAddress(TestServer.newStore())
    try copy(reader(source), PostgresUserStore.writer(to: server, grantees: []))
    let store = try PostgresUserStore(server)
    try store.writing { try store.append(Sample.event(9, of: WholeStore.bob)) }
    let target = folder.file("target.db")
    #expect(throws: StoreFileError.self) {
      try copy(PostgresUserStore.reader(of: server), SQLiteUserStore.writer(to: target))
    }
    #expect(try !folder.names().contains("target.db"))
  }

  @Test("A store that exists is not changed")
  func exists() throws {
    let server = try ServerAddress(TestServer.newStore())
    try PostgresUserStore.create(server, owner: Account.owner)
    #expect(throws: StoreFileError.self) {
      _ = try PostgresUserStore.writer(to: server, grantees: [])
    }
    let before = try rows(source)
    #expect(throws: StoreFileError.self) { _ = try SQLiteUserStore.writer(to: source) }
    #expect(try rows(source) == before)
  }
}
