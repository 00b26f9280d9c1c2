internal import Users

/// Statements with constant SQL texts, prepared at first use and kept.
struct FixedStatements<SQL: Hashable & RawRepresentable> where SQL.RawValue == String {
  private let connection: Connection
  private var statements: [SQL: Statement] = [:]

  init(_ connection: Connection) { self.connection = connection }

  mutating func callAsFunction(_ sql: SQL) throws(StoreError) -> Statement {
    if let statement = statements[sql] { return statement }
    let statement = try connection.prepare(sql.rawValue)
    statements[sql] = statement
    return statement
  }
}
