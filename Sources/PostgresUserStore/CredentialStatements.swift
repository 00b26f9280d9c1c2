/// The fixed statements about passwords, tokens, former roles and failed sign-ins.
struct CredentialStatements {
  let password: Statement
  let putPassword: Statement
  let removePassword: Statement
  let tokenOfDigest: Statement
  let tokenOfKey: Statement
  let tokensOfUser: Statement
  let insertToken: Statement
  let replaceToken: Statement
  let removeToken: Statement
  let formerRoles: Statement
  let putFormerRoles: Statement
  let removeFormerRoles: Statement
  let attempts: Statement
  let putAttempts: Statement
  let removeAttempts: Statement
  let forgetAttempts: Statement

  static let tokenColumns = """
    key, tail, kind, user_key, user_tail, digest, name, capabilities, expires_at, last_used, \
    checksum, askers
    """

  init(schema: String) {
    let token = "SELECT \(Self.tokenColumns) FROM \(schema).tokens"
    let newToken = """
      INSERT INTO \(schema).tokens (\(Self.tokenColumns))
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (key)
      """
    password = Statement(
      name: "p1",
      sql: """
        SELECT hash, temporary_until, checksum, askers FROM \(schema).passwords WHERE user_key = $1
        """)
    putPassword = Statement(
      name: "p2",
      sql: """
        INSERT INTO \(schema).passwords (user_key, hash, temporary_until, checksum, askers)
          VALUES ($1, $2, $3, $4, $5)
          ON CONFLICT (user_key) DO UPDATE SET hash = excluded.hash,
            temporary_until = excluded.temporary_until, checksum = excluded.checksum,
            askers = excluded.askers
        """)
    removePassword = Statement(
      name: "p3", sql: "DELETE FROM \(schema).passwords WHERE user_key = $1")
    tokenOfDigest = Statement(name: "t1", sql: token + " WHERE digest = $1")
    tokenOfKey = Statement(name: "t2", sql: token + " WHERE key = $1")
    tokensOfUser = Statement(name: "t3", sql: token + " WHERE user_key = $1 ORDER BY key")
    insertToken = Statement(name: "t4", sql: newToken + " DO NOTHING RETURNING key")
    replaceToken = Statement(
      name: "t5",
      sql: newToken + """
         DO UPDATE SET (\(Self.tokenColumns)) = ROW (excluded.key, excluded.tail, excluded.kind,
          excluded.user_key, excluded.user_tail, excluded.digest, excluded.name,
          excluded.capabilities, excluded.expires_at, excluded.last_used, excluded.checksum,
          excluded.askers)
        """)
    removeToken = Statement(name: "t6", sql: "DELETE FROM \(schema).tokens WHERE key = $1")
    formerRoles = Statement(
      name: "f1", sql: "SELECT roles, is_judged FROM \(schema).former_roles WHERE user_key = $1")
    putFormerRoles = Statement(
      name: "f2",
      sql: """
        INSERT INTO \(schema).former_roles (user_key, roles, is_judged) VALUES ($1, $2, $3)
          ON CONFLICT (user_key) DO UPDATE SET roles = excluded.roles,
            is_judged = excluded.is_judged
        """)
    removeFormerRoles = Statement(
      name: "f3", sql: "DELETE FROM \(schema).former_roles WHERE user_key = $1")
    attempts = Statement(
      name: "a1", sql: "SELECT failures, last FROM \(schema).attempts WHERE subject = $1")
    putAttempts = Statement(
      name: "a2",
      sql: """
        INSERT INTO \(schema).attempts (subject, failures, last) VALUES ($1, $2, $3)
          ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, last = excluded.last
        """)
    removeAttempts = Statement(
      name: "a3", sql: "DELETE FROM \(schema).attempts WHERE subject = $1")
    forgetAttempts = Statement(name: "a4", sql: "DELETE FROM \(schema).attempts WHERE last < $1")
  }
}
