/// The fixed statements about accounts.
struct UserStatements {
  let userByKey: Statement
  let userByEmail: Statement
  let conflict: Statement
  let namesTaken: Statement
  /// The same for one name and for two. The server keeps their plans; that of an array is planned anew
  /// each time, which takes longer than the look-up.
  let oneNameTaken: Statement
  let twoNamesTaken: Statement
  let keyIsTaken: Statement
  let insertUser: Statement
  let updateUser: Statement
  let removeUser: Statement
  let counts: Statement
  let addToCounts: Statement

  init(schema: String) {
    let columns = Columns.all.joined(separator: ", ")
    let places = Columns.all.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
    let user = """
      SELECT d.revision, u.key, u.record, u.organization_id, u.email
        FROM \(schema).directory d LEFT JOIN \(schema).users u
      """
    userByKey = Statement(name: "u1", sql: user + " ON u.key = $1")
    userByEmail = Statement(name: "u2", sql: user + " ON u.email_key = $1 AND \(Self.isLive)")
    conflict = Statement(name: "u3", sql: Self.conflict(schema))
    namesTaken = Statement(
      name: "u10", sql: Self.taken(schema, "n.name") + " FROM unnest($1::text[]) n (name)")
    oneNameTaken = Statement(name: "u12", sql: Self.taken(schema, "$1::text"))
    twoNamesTaken = Statement(
      name: "u11",
      sql: Self.taken(schema, "n.name") + " FROM unnest(ARRAY[$1, $2]::text[]) n (name)"
    )
    keyIsTaken = Statement(name: "u4", sql: "SELECT FROM \(schema).users WHERE key = $1")
    insertUser = Statement(
      name: "u5", sql: "INSERT INTO \(schema).users (\(columns)) VALUES (\(places))")
    updateUser = Statement(
      name: "u6", sql: "UPDATE \(schema).users SET (\(columns)) = ROW (\(places)) WHERE key = $1")
    removeUser = Statement(name: "u7", sql: "DELETE FROM \(schema).users WHERE key = $1")
    counts = Statement(
      name: "u8", sql: "SELECT flags, count FROM \(schema).counts WHERE scope = $1")
    addToCounts = Statement(
      name: "u9",
      sql: """
        INSERT INTO \(schema).counts AS c
          SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])
          ON CONFLICT (scope, flags) DO UPDATE SET count = c.count + excluded.count
        """)
  }

  /// The name, whether an email and a username are taken by it, and the greatest key of an account.
  private static func taken(_ schema: String, _ name: String) -> String {
    """
    SELECT \(name), \(isAny(schema, "email_key = \(name) AND \(isLive)")),
      \(isAny(schema, "username_key = \(name) AND \(isLive)")), (SELECT max(key) FROM \(schema).users)
    """
  }

  /// Whether there are accounts with these properties. Not by EXISTS: for many names the server would
  /// read those of all accounts, to hash them.
  private static func isAny(_ schema: String, _ properties: String) -> String {
    "(SELECT count(*) FROM \(schema).users WHERE \(properties)) > 0"
  }

  /// Means `deleted_at IS NULL`, which an index on other columns has as its condition: without
  /// statistics, as in a new store, the server expects one of 200 rows to match, and would read that
  /// index as a whole beside the right one.
  private static let isLive = "num_nulls(deleted_at) = 1"

  /// Whether accounts other than $1 have the email $2, the username $3 or the OAuth identity $5, $6,
  /// and whether an account has the key $1. $4 is a space and the username, as `email` holds the id
  /// of an account without one; null if the username is the account's own email or id, which
  /// conflicts only with a chosen username.
  private static func conflict(_ schema: String) -> String {
    func other(_ properties: String) -> String { isAny(schema, properties + " AND key <> $1") }
    return """
      SELECT d.revision, \(other("email_key = $2 AND \(isLive)")),
        \(other("username_key = $3 AND \(isLive)"))
          OR ($4::text IS NOT NULL
            AND \(other("email_key = $3 AND username_key IS NULL AND \(isLive)")))
          OR ($4::text IS NOT NULL
            AND \(other("email = $4 AND username IS NULL AND deleted_at IS NULL"))),
        \(other("oauth_id = $6 AND oauth_provider = $5 AND \(isLive)")),
        EXISTS (SELECT FROM \(schema).users WHERE key = $1)
        FROM \(schema).directory d
      """
  }
}
