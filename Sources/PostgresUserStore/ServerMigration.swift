internal import Contract
internal import Users

/// Brings a store on a server to the current format, in one transaction under the lock of its directory.
/// Other processes see it before or after.
public struct ServerMigration {
  let address: ServerAddress
  var steps = Migration.all
  var target = DatabaseSchema.version

  public init(_ address: ServerAddress) { self.address = address }

  /// Returns the formats before and after. A store that has the current format is not changed. The role
  /// must own the tables.
  public func run() throws -> (from: Int, to: Int) {
    let store = try PostgresUserStore(unopened: address)
    do throws(StoreError) {
      let before = try begin(store)
      if before > target { throw .newerVersion }
      let due = steps.filter { $0.format > before && $0.format <= target }
      guard due.map(\.format) == Array((before + 1)..<(target + 1)) else {
        throw .serverFailed("no steps lead from its format \(before) to \(target)")
      }
      if !due.isEmpty { try take(due, store) }
      try store.connection.queue("COMMIT")
      try store.connection.trip(msMax: PostgresUserStore.longMsMax, isCommitting: true)
      return (Int(before), Int(target))
    } catch {
      // This ends the transaction, unless the server has kept it.
      store.connection.close()
      throw failure(error, store.connection)
    }
  }

  /// Takes the lock, and returns the format.
  private func begin(_ store: PostgresUserStore) throws(StoreError) -> Int64 {
    let (connection, sql) = (store.connection, store.sql)
    let answers = try connection.tripAnew { () throws(StoreError) in
      try connection.begin(sql.begin, hasLimits: true)
      try connection.queue(
        PostgresUserStore.wholeLimits(restMsMax: PostgresUserStore.longMsMax))
      try connection.queue(ServerFormat.query(sql.schema) + " FOR UPDATE")
    }
    return try ServerFormat(answers.last).number
  }

  private func take(_ due: [Migration], _ store: PostgresUserStore) throws(StoreError) {
    for step in due {
      for statement in store.sql.inSchema(step.statements) { try store.connection.queue(statement) }
      var values = Parameters()
      values.add(step.format)
      values.add(step.servedFrom)
      // The new revision makes other processes look at the directory.
      try store.connection.queue(
        """
        UPDATE \(store.sql.schema).directory
          SET format = $1, served_from = $2, revision = revision + 1
        """, values)
    }
    try store.connection.trip(msMax: PostgresUserStore.longMsMax)
  }

  private func failure(_ error: StoreError, _ connection: Connection) -> StoreFileError {
    let cause = connection.lastError
    if connection.openings > 0, cause?.state == "42501" {
      return StoreFileError(
        address.text, "can't be migrated by this role: \(cause?.message ?? "")",
        "Connect as the role that owns the tables: the one that made the store.")
    }
    let isConnected = connection.openings > 0
    if !isConnected || ["42P01", "3F000"].contains(cause?.state ?? "") {
      return PostgresUserStore.openingError(address, error, cause)
    }
    return StoreFileError(
      address.text, "is not migrated. \(error.failure.message)",
      "\(error.failure.hint.text) The command can be repeated.")
  }
}
