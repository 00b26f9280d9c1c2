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

  @Test("Functions and operators are PostgreSQL's own, whatever the search path holds")
  func traps() throws {
    let text = try TestServer.newStore()
    try PostgresUserStore.create(ServerAddress(text), owner: Account.owner)
    let schema = "traps_\(UInt32.random(in: 0 ... .max))"
    let maker = try PostgresUserStore(ServerAddress(text))
    for statement in ["BEGIN", "CREATE SCHEMA \(schema)", "SET LOCAL search_path = \(schema)"] {
      try maker.connection.queue(statement)
    }
    for trap in Self.traps {
      try maker.connection.queue(
        "CREATE \(trap) LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$")
    }
    for statement in Self.operators.map({ "CREATE OPERATOR \($0)" }) + ["COMMIT"] {
      try maker.connection.queue(statement)
    }
    try maker.connection.trip()

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
    try store.connection.queue("DROP SCHEMA \(schema) CASCADE")
    try store.connection.trip()
  }
}
