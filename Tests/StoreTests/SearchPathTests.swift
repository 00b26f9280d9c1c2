import Contract
import TestSupport
import Testing
import Users

@testable import PostgresUserStore

/// Whoever may create objects in a schema of the search path must not run code as Roster's role.
@Suite struct SearchPathTests {
  /// Each fits better than what PostgreSQL has for these types, so it would be taken.
  private static let traps = [
    "FUNCTION unnest(bigint[]) RETURNS SETOF bigint",
    "FUNCTION unnest(text[]) RETURNS SETOF text",
    "FUNCTION count(bigint) RETURNS bigint",
    "FUNCTION bits(bigint, integer) RETURNS bigint",
    "FUNCTION holds(integer[], integer[]) RETURNS boolean",
  ]
  private static let operators = [
    "& (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = bits)",
    "@> (LEFTARG = integer[], RIGHTARG = integer[], FUNCTION = holds)",
  ]

  private func setTraps(in schema: String) throws {
    try ServerSQL.run(
      ["BEGIN", "CREATE SCHEMA \(schema)", "SET LOCAL search_path = \(schema)"]
        + Self.traps.map { "CREATE \($0) LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$" }
        + Self.operators.map { "CREATE OPERATOR \($0)" } + ["COMMIT"])
  }

  private static func newSchema() -> String { "traps_\(UInt32.random(in: 0 ... .max))" }

  @Test("A schema of another role is refused, as it could drop the tables")
  func foreign() throws {
    let (schema, role) = (Self.newSchema(), Self.newSchema())
    try ServerSQL.run([
      "CREATE ROLE \(role)", "CREATE ROLE \(role)_maker LOGIN",
      "CREATE SCHEMA \(schema) AUTHORIZATION \(role)",
      "GRANT ALL ON SCHEMA \(schema) TO \(role)_maker",
      "GRANT CREATE ON DATABASE postgres TO \(role)_maker",
    ])
    let text = try TestServer.address().replacing("//roster@", with: "//\(role)_maker@")
    let address = try ServerAddress(text + "?schema=\(schema)")
    let error = #expect(throws: StoreFileError.self) {
      try PostgresUserStore.create(address, owner: Account.owner)
    }
    #expect(error?.problem.text.contains("must be owner") == true, "\(String(describing: error))")
    try ServerSQL.run([
      "DROP SCHEMA \(schema) CASCADE", "DROP OWNED BY \(role)_maker", "DROP ROLE \(role)",
      "DROP ROLE \(role)_maker",
    ])
  }

  @Test(
    "Functions and operators are PostgreSQL's own, whatever the search path or the schema holds",
    arguments: [true, false])
  func traps(isOwnSchema: Bool) throws {
    let schema = Self.newSchema()
    try setTraps(in: schema)
    let text =
      try isOwnSchema ? TestServer.address() + "?schema=\(schema)" : TestServer.newStore()
    try PostgresUserStore.create(ServerAddress(text), owner: Account.owner)
    let store = try PostgresUserStore(
      ServerAddress(text + "&options=-csearch_path%3D\(schema)"))
    let users = (1...3).map { Account.make($0) }
    try store.put(users)
    try store.writing {
      try store.insert(Sample.token(1, of: users[0]))
      try store.setPassword(Sample.password(1, of: users[0]), of: users[0].id)
      let answer = IdempotencyRecord(
        request: Sample.digest(2), text: "{\"id\":\"\(users[0].id.text)\"}", at: Sample.time(0))
      try store.remember(answer, to: Sample.digest(3), forgottenBefore: Sample.time(0))
    }
    _ = try store.reading { try Everything(store) }
    for field in TextCondition.allCases {
      var filter = Filter(scope: .organization("acme"))
      filter.require(.text(field, "example"))
      _ = try store.page(PageQuery(filter: filter, limit: 10))
      _ = try store.total(filter)
    }
    try store.writing { try store.remove(PackedUser(users[1])) }
    try ServerSQL.run(["DROP SCHEMA \(schema) CASCADE"])
  }

  @Test("A session behind a pooler can't take a statement of another store for its own")
  func names() {
    #expect(Statements(schema: "a").lock.name != Statements(schema: "b").lock.name)
    #expect(Statements(schema: "a").lock.name == Statements(schema: "a").lock.name)
    #expect(Statements.path.name != Statements.pathAndLimits.name)
  }
}
