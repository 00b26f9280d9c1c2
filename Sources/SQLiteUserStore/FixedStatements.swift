internal import Users

/// Statements with constant SQL texts, prepared at first use and kept.
struct FixedStatements<SQL: Equatable & RawRepresentable> where SQL.RawValue == String {
  private let connection: Connection
  private var statements: [(sql: SQL, statement: Statement)] = []

  init(_ connection: Connection) { self.connection = connection }

  mutating func callAsFunction(_ sql: SQL) throws(StoreError) -> Statement {
    for known in statements where known.sql == sql { return known.statement }
    let statement = try connection.prepare(sql.rawValue)
    statements.append((sql, statement))
    return statement
  }
}
