import TestSupport
import Testing
import Users

@testable import PostgresUserStore

/// A store on a server that has made no statistics of it yet, as in the first minute of a new store. The
/// server then believes that one of 200 accounts is deleted, or not deleted.
@Suite struct StatisticsTests {
  private static let count = 2_000

  @Test("No look-up and no page reads all accounts of a new store")
  func looks() throws {
    let address = try TestServer.newStore()
    let server = try ServerAddress(address)
    try PostgresUserStore.create(server, owner: Account.owner)
    let schema = server.quotedSchema
    try ServerSQL.run(["ALTER TABLE \(schema).users SET (autovacuum_enabled = off)"])
    try use(server) { store in
      for first in stride(from: 1, to: Self.count, by: 100) {
        try store.put((first..<(first + 100)).map { Account.make($0) })
      }
    }
    let before = try tuplesRead(schema)
    try use(server) { store in
      for at in 0..<10 {
        let own = (0..<200).map { Account.make(Self.count + 1 + at * 200 + $0) }
        store.foresee(own.flatMap { [.email($0.email ?? ""), .username($0.username)] })
        try store.beginWrite()
        for user in own { #expect(try store.conflict(of: user, isNew: true) == nil) }
        try store.commit()
        try store.beginWrite()
        #expect(try store.conflict(of: own[0], isNew: true) == nil)
        try store.commit()
        for sort in SortKey.allCases {
          let page = PageQuery(
            filter: Filter(scope: .all), sort: sort, order: .ascending, limit: 10)
          var found = 0
          #expect(try store.page(page) { _ in found += 1 })
          #expect(found == 10)
        }
        #expect(try store.user(.email("nobody\(at)@example.com")) == nil)
        var filter = Filter(scope: .all)
        filter.require(.text(.oauthProvider, "nobody\(at)"))
        #expect(try store.count(filter) == 0)
      }
    }
    let read = try tuplesRead(schema) - before
    #expect(read < Self.count, "\(read) rows and entries were read")
    // Control: one look at all accounts would be seen.
    var nobody = Filter(scope: .all)
    nobody.require(.text(.role, "nobody"))
    var found = 1
    try use(server) { store in found = try store.reading { try store.count(nobody) } }
    #expect(found == 0)
    #expect(try tuplesRead(schema) - before - read >= Self.count)
  }

  /// The server counts what a connection has read when it ends.
  private func use(_ address: ServerAddress, _ body: (PostgresUserStore) throws -> Void) throws {
    let store = try PostgresUserStore(address)
    try body(store)
    try store.connection.queue("SELECT pg_stat_force_next_flush()")
    try store.connection.trip()
  }

  private func tuplesRead(_ schema: String) throws -> Int64 {
    let connection = try PostgresUserStore(unopened: ServerAddress(TestServer.address())).connection
    let name = schema.filter { $0 != "\"" }
    try connection.queue(
      """
      SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables
          WHERE schemaname = '\(name)' AND relname = 'users')::bigint
        + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes
          WHERE schemaname = '\(name)' AND relname = 'users')::bigint
      """)
    let rows = try #require(try connection.trip().last)
    return rows.int(0, 0)
  }
}
