internal import Contract
internal import Users

extension PostgresUserStore {
  private static let temporary = "pg_temp"

  /// All tables, those that others refer to first.
  static let tables = [
    "directory", "policy", "users", "counts", "former_roles", "events", "passwords", "tokens",
    "attempts", "answers", "answer_subjects",
  ]

  /// Opens a copy of one snapshot of the store, in temporary tables: only this connection sees them,
  /// and the server removes them when it ends.
  public static func openCopy(of address: ServerAddress) throws -> PostgresUserStore {
    let original = try PostgresUserStore(address)
    let copy = try PostgresUserStore(unopened: address, schema: temporary)
    do throws(StoreError) {
      try copy.fill(from: original.sql.schema)
    } catch {
      throw StoreFileError(
        address.text, "can't be copied. \(error.failure.message)",
        "The role needs the privilege TEMPORARY on the database, and its server enough room.")
    }
    return copy
  }

  private func fill(from schema: String) throws(StoreError) {
    try connection.begin(sql.beginCopy, hasLimits: false)
    for statement in sql.inSchema(DatabaseSchema.creation) { try connection.queue(statement) }
    for table in Self.tables {
      try connection.queue(
        "INSERT INTO \(Self.temporary).\(table) SELECT * FROM \(schema).\(table)")
    }
    try connection.queue("COMMIT")
    try connection.trip(msMax: Self.longMsMax, isCommitting: true)
  }
}
