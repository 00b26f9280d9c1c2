import Contract
import TestSupport
import Testing
import Users

@testable import PostgresUserStore

/// The format of a store on a server, and the server's notices.
@Suite struct ServerFormatTests {
  private let address: ServerAddress

  init() throws {
    address = try ServerAddress(TestServer.newStore())
    try PostgresUserStore.create(address, owner: Account.owner)
  }

  private func set(_ format: Int64, servedFrom: Int64) throws {
    let store = try PostgresUserStore(unopened: address)
    try store.connection.queue(
      """
      UPDATE \(store.sql.schema).directory
        SET format = \(format), served_from = \(servedFrom), revision = revision + 1
      """)
    try store.connection.trip()
  }

  @Test("A newer format is served if it declares that older programs may")
  func newer() throws {
    try set(2, servedFrom: 1)
    let store = try PostgresUserStore(address)
    #expect(try store.user(.email("owner@example.com")) != nil)
    try store.put([Account.make(1)])
  }

  @Test(
    "Any other format is refused, and the refusal names roster migrate",
    arguments: [(2, 2, "Update this Roster"), (0, 0, "roster migrate --store")])
  func refused(format: Int64, servedFrom: Int64, remedy: String) throws {
    try set(format, servedFrom: servedFrom)
    let error = #expect(throws: StoreFileError.self) { try PostgresUserStore(address) }
    #expect(error?.problem.text.contains("the format \(format)") == true)
    #expect(error?.description.contains("roster migrate") == true)
    #expect(error?.remedy.text.contains(remedy) == true)
  }

  @Test("A running process refuses requests after a migration that it can't serve")
  func running() throws {
    let store = try PostgresUserStore(address)
    #expect(try store.user(.email("owner@example.com")) != nil)
    try set(2, servedFrom: 1)
    #expect(try anew(store) { try store.total(Filter(scope: .all)) } == 1)
    try set(3, servedFrom: 3)
    #expect(throws: StoreError.newerVersion) {
      try anew(store) { try store.total(Filter(scope: .all)) }
    }
    #expect(throws: StoreError.newerVersion) { try store.put([Account.make(1)]) }
  }

  /// The first request after a change notices the new revision, and is then made anew.
  private func anew<R>(_ store: PostgresUserStore, _ body: () throws -> R) throws -> R {
    defer { store.rollback() }
    do { return try body() } catch StoreError.changed {
      store.rollback()
      return try body()
    }
  }

  private func migration(to target: Int64, _ steps: [Migration]) -> ServerMigration {
    var migration = ServerMigration(address)
    migration.steps = steps
    migration.target = target
    return migration
  }

  private static let steps = [
    Migration(
      format: 2, servedFrom: 1, statements: ["ALTER TABLE users ADD COLUMN shoe_size bigint"]),
    Migration(format: 3, servedFrom: 3, statements: ["UPDATE users SET shoe_size = 43"]),
  ]

  @Test("A store of the current format is up to date")
  func upToDate() throws {
    let revision = try PostgresUserStore(address).current().revision
    #expect(try ServerMigration(address).run() == (1, 1))
    #expect(try PostgresUserStore(address).current().revision == revision)
  }

  @Test("Migrations run in their order, each once")
  func steps() throws {
    #expect(try migration(to: 2, Self.steps).run() == (1, 2))
    #expect(try migration(to: 2, Self.steps).run() == (2, 2))
    // This program still serves format 2, but not 3.
    #expect(try PostgresUserStore(address).user(.email("owner@example.com")) != nil)
    #expect(try migration(to: 3, Self.steps).run() == (2, 3))
    #expect(throws: StoreFileError.self) { try PostgresUserStore(address) }
    let store = try PostgresUserStore(unopened: address)
    let rows = try store.connection.tripAnew { () throws(StoreError) in
      try store.connection.queue("SELECT shoe_size FROM \(store.sql.schema).users")
    }
    #expect(rows.last?.int(0, 0) == 43)
    // A program of an earlier release does not take a store back.
    #expect(throws: StoreFileError.self) { try migration(to: 2, Self.steps).run() }
  }

  @Test("A migration that fails, or that lacks a step, changes nothing")
  func failing() throws {
    let broken =
      Self.steps.dropLast() + [
        Migration(format: 3, servedFrom: 3, statements: ["SELECT 1 / 0"])
      ]
    #expect(throws: StoreFileError.self) { try migration(to: 3, Array(broken)).run() }
    #expect(throws: StoreFileError.self) { try migration(to: 3, [Self.steps[1]]).run() }
    #expect(try ServerMigration(address).run() == (1, 1))
    #expect(throws: StoreError.self) {
      let store = try PostgresUserStore(unopened: address)
      try store.connection.queue("SELECT shoe_size FROM \(store.sql.schema).users")
      try store.connection.trip()
    }
  }

  @Test("Notices of the server are passed on")
  func notices() throws {
    var told: [String] = []
    let store = try PostgresUserStore(address) { told.append($0) }
    try store.connection.queue("DO $$BEGIN RAISE WARNING 'beware of the dog'; END$$")
    try store.connection.trip()
    #expect(told == ["WARNING: beware of the dog"])
  }
}
