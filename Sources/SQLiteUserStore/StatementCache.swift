internal import Users

/// Statements whose text depends on the request. Their number and size are limited, because some
/// have a parameter for each of a thousand ids.
struct StatementCache {
  private static let countMax = 64
  private static let bytesMax = 1 << 20

  private let connection: Connection
  private var statements: [String: Statement] = [:]
  private var bytes = 0

  init(_ connection: Connection) { self.connection = connection }

  mutating func statement(_ sql: String) throws(StoreError) -> Statement {
    if let statement = statements[sql] { return statement }
    let statement = try connection.prepare(sql)
    let size = statement.bytes + 2 * sql.utf8.count
    if size > Self.bytesMax / 4 { return statement }
    if statements.count == Self.countMax || bytes + size > Self.bytesMax {
      statements.removeAll()
      bytes = 0
    }
    statements[sql] = statement
    bytes += size
    return statement
  }
}
