import TestSupport

@testable import PostgresUserStore

/// Statements for the server of the tests, beside Roster's own.
enum ServerSQL {
  static func run(_ statements: [String]) throws {
    let connection = try PostgresUserStore(unopened: ServerAddress(TestServer.address())).connection
    for statement in statements { try connection.queue(statement) }
    try connection.trip()
  }
}
