internal import Contract
internal import Secrets
public import Users

extension PostgresUserStore {
  /// Checks that the schema holds a store of this format.
  func open(_ address: ServerAddress) throws {
    let format: ServerFormat
    do throws(StoreError) {
      let answers = try connection.tripAnew { () throws(StoreError) in
        try connection.queue(ServerFormat.query(sql.schema))
      }
      format = try ServerFormat(answers.last)
    } catch {
      throw Self.openingError(address, error, connection.lastError)
    }
    if let problem = format.refusal(of: address) { throw problem }
  }

  /// Makes a new store with its first account, in one transaction. `grantees` are the roles that may
  /// use it; the role that makes it owns its tables.
  public static func create(
    _ address: ServerAddress, owner: User, grantees: [String] = []
  ) throws {
    let store = try PostgresUserStore(unopened: address)
    do throws(StoreError) {
      try store.makeTables(DatabaseSchema.creation, grantees)
      let first = PackedUser(owner)
      try store.insert(first)
      try store.append(.creation(of: first, after: .none))
      // So that the server knows at once that most accounts are not deleted. Without statistics it expects
      // one of 200 rows to match, and plans every list badly until it makes some itself. What the other
      // columns hold is not to be learnt from one account.
      try store.queue("ANALYZE \(store.sql.schema).users (deleted_at)")
      try store.commit()
    } catch {
      throw store.creationError(address, error)
    }
  }

  func creationError(_ address: ServerAddress, _ error: StoreError) -> StoreFileError {
    let cause = connection.lastError
    switch (error, cause?.state) {
    case (.idTaken, _), (_, "42P06"), (_, "42P07"), (_, "23505"):
      return StoreFileError(
        address.text, "is already a store, and was not changed",
        "Use it, or choose another schema with ?schema=NAME.")
    case (_, "42704"):
      return StoreFileError(
        address.text, "was not made: \(cause?.message ?? "")",
        "Create the role first, or name another one with --grant.")
    case (_, "42501"):
      return StoreFileError(
        address.text, "was not made: \(cause?.message ?? "")",
        "Connect as a role that may create a schema in this database, or owns the one that you name."
      )
    default: return Self.openingError(address, error, cause)
    }
  }

  /// Whether the schema holds a store already.
  func exists() throws(StoreError) -> Bool {
    var name = Parameters()
    name.add("\(sql.schema).directory")
    let answers = try connection.tripAnew { () throws(StoreError) in
      try connection.queue("SELECT to_regclass($1) IS NOT NULL", name)
    }
    return answers.last.map { $0.count > 0 && $0.bool(0, 0) } ?? false
  }

  /// Begins a transaction that makes a store: its schema, these tables, and the row of the directory.
  /// Throws `.idTaken` if there is one already.
  func makeTables(_ statements: [String], _ grantees: [String]) throws(StoreError) {
    if try exists() { throw .idTaken }
    try beginWrite { () throws(StoreError) in
      try connection.queue("CREATE SCHEMA IF NOT EXISTS \(sql.schema)")
      // Only its owner may do this: whoever owns the schema could drop the tables.
      try connection.queue("COMMENT ON SCHEMA \(sql.schema) IS 'A store of Roster'")
      for statement in sql.inSchema(statements) { try connection.queue(statement) }
      try connection.queue(
        """
        INSERT INTO \(sql.schema).directory
          VALUES (true, $1, 0, 0, 0, NULL, 0, false, 0, $2, $3, $4)
        """, Self.beginning)
      try connection.queue(sql.look)
    }
    for role in grantees {
      let role = "\"" + role.replacingScalar("\"", by: "\"\"") + "\""
      try queue("GRANT USAGE ON SCHEMA \(sql.schema) TO \(role)")
      try queue(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \(sql.schema) TO \(role)")
    }
  }

  private static var beginning: Parameters {
    var values = Parameters()
    values.add(DatabaseSchema.version)
    values.add(newFeedID())
    values.add(SigningKey.random().bytes)
    values.add(DatabaseSchema.servedFrom)
    return values
  }
}
