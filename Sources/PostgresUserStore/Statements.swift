/// The fixed statements of transactions. In all statements every name of a table is qualified; functions
/// and operators are PostgreSQL's own (see `path`).
struct Statements {
  /// Holds until the end of a transaction, also behind a pooler. A function or an operator of another
  /// schema could otherwise stand in for one of PostgreSQL's own, if its types fit better: whoever may
  /// create one in a schema of the search path would run code with the rights of this role.
  static let path = Statement(name: "r0", sql: settingPath)
  private static let settingPath = "SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)"

  /// The same with limits: the server ends a transaction whose client has stopped, and a statement that
  /// waits for too long.
  static let pathAndLimits = Statement(
    name: "r3",
    sql: """
      \(settingPath), pg_catalog.set_config('lock_timeout', '5000', true),
        pg_catalog.set_config('statement_timeout', '9000', true),
        pg_catalog.set_config('idle_in_transaction_session_timeout', '10000', true)
      """)

  /// The quoted name of the schema.
  let schema: String

  let begin = Statement(name: "r1", sql: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
  let beginSteady = Statement(name: "r2", sql: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
  /// Reads one snapshot, and may write temporary tables.
  let beginCopy = Statement(name: "r10", sql: "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE")
  let look: Statement
  let lock: Statement
  let lockIfFree: Statement
  let update: Statement
  let lostEvent: Statement
  /// Changes nothing, but makes the commit write to the log.
  let renew: Statement

  /// Statements that define tables and indexes, whose names stand for those of the schema. Only such
  /// statements may search it: other roles may own functions in it.
  func inSchema(_ definitions: [String]) -> [String] {
    ["SET LOCAL search_path = \(schema)"] + definitions + ["SET LOCAL search_path = pg_catalog"]
  }

  init(schema: String) {
    self.schema = schema
    let directory = "SELECT \(Directory.columns) FROM \(schema).directory"
    look = Statement(name: "r4", sql: directory)
    lock = Statement(name: "r5", sql: directory + " FOR UPDATE")
    lockIfFree = Statement(name: "r6", sql: directory + " FOR UPDATE SKIP LOCKED")
    update = Statement(
      name: "r7",
      sql: """
        UPDATE \(schema).directory SET revision = $1, seq = $2, at = $3, oldest = $4,
          policy_revision = $5, stamp = $6, has_attempts =
            CASE WHEN $7 THEN EXISTS (SELECT FROM \(schema).attempts) ELSE has_attempts END
        """)
    lostEvent = Statement(
      name: "r8", sql: "SELECT FROM \(schema).events WHERE seq = $1 AND stamp = $2")
    renew = Statement(name: "r9", sql: "UPDATE \(schema).directory SET stamp = stamp")
  }
}
