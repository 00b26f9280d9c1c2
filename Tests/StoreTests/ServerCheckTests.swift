import SQLiteUserStore
import TestSupport
import Testing
import Users

@testable import PostgresUserStore

/// What `roster doctor` says of a store on a server.
@Suite struct ServerCheckTests {
  private let text: String

  init() throws {
    text = try TestServer.newStore()
    let folder = try TemporaryFolder()
    let source = folder.file("source.db")
    try SQLiteUserStore.create(path: source, owner: Account.owner)
    try WholeStore.fill(try SQLiteUserStore(path: source))
    try DirectoryCopy.run(
      from: SQLiteUserStore.reader(of: source) { _, _ in },
      to: PostgresUserStore.writer(to: ServerAddress(text), grantees: []))
  }

  /// The checks that fail.
  private func failures() -> [String] {
    var found: [String] = []
    let check = ServerCheck(text)
    func report(_ check: Check) { if check.status == .fail { found.append(check.name) } }
    #expect(check.run(roleNames: { _ in [] }, report) == found.isEmpty)
    return found
  }

  @Test("A whole store is sound") func sound() throws { #expect(failures() == []) }

  @Test(
    "Damage of any kind fails a check",
    arguments: [
      ("DROP INDEX %users_email", "indexes"),
      ("DROP INDEX %users_terms", "indexes"),
      ("DROP TABLE %attempts", "privileges"),
      ("CREATE TABLE %mine (a int)", nil),
      ("UPDATE %tokens SET checksum = checksum + 1", "records"),
      ("UPDATE %passwords SET hash = hash || 'x'", "records"),
      ("UPDATE %events SET changes = '{broken' WHERE changes IS NOT NULL", "records"),
      ("UPDATE %events SET changes = NULL WHERE changes IS NOT NULL", "records"),
      ("UPDATE %answers SET text = 'zzz'", "records"),
      ("UPDATE %directory SET cursor_key = ''", "records"),
      ("DELETE FROM %events WHERE seq = 4", "events"),
      ("UPDATE %counts SET count = count + 1 WHERE scope = ''", "counts"),
    ])
  func damage(statement: String, check: String?) throws {
    let address = try ServerAddress(text)
    try ServerSQL.run([statement.replacing("%", with: "\"\(address.schema)\".")])
    let found = failures()
    if let check { #expect(found.contains(check), "\(found)") } else { #expect(found == []) }
  }
}
