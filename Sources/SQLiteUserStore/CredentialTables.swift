internal import Secrets
public import Users

/// Passwords, tokens and failed sign-ins.
final class CredentialTables {
  private var statement: FixedStatements<SQL>
  /// Whether failed sign-ins are recorded in the current snapshot; nil if not read yet.
  private var knowsAttempts: Bool?

  private enum SQL: String {
    case password =
      "SELECT hash, temporary_until, checksum, askers FROM passwords WHERE user_key = ?"
    case putPassword =
      """
      INSERT INTO passwords (user_key, hash, temporary_until, checksum, askers) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (user_key) DO UPDATE SET hash = excluded.hash,
          temporary_until = excluded.temporary_until, checksum = excluded.checksum, askers = excluded.askers
      """
    case removePassword = "DELETE FROM passwords WHERE user_key = ?"
    case tokenOfDigest =
      """
      SELECT key, tail, kind, user_key, user_tail, digest, name, capabilities, expires_at,
        last_used, checksum, askers FROM tokens WHERE digest = ?
      """
    case tokenOfID =
      """
      SELECT key, tail, kind, user_key, user_tail, digest, name, capabilities, expires_at,
        last_used, checksum, askers FROM tokens WHERE key = ?
      """
    case tokensOfUser =
      """
      SELECT key, tail, kind, user_key, user_tail, digest, name, capabilities, expires_at,
        last_used, checksum, askers FROM tokens WHERE user_key = ? ORDER BY key
      """
    case insertToken =
      """
      INSERT INTO tokens (key, tail, kind, user_key, user_tail, digest, name, capabilities,
        expires_at, last_used, checksum, askers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    case replaceToken =
      """
      REPLACE INTO tokens (key, tail, kind, user_key, user_tail, digest, name, capabilities,
        expires_at, last_used, checksum, askers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    case holderOfToken = "SELECT user_key, user_tail FROM tokens WHERE key = ? AND tail = ?"
    case removeToken = "DELETE FROM tokens WHERE key = ?"
    case anyAttempts = "SELECT 1 FROM attempts LIMIT 1"
    case attempts = "SELECT failures, last FROM attempts WHERE subject = ?"
    case putAttempts = "REPLACE INTO attempts (subject, failures, last) VALUES (?, ?, ?)"
    case removeAttempts = "DELETE FROM attempts WHERE subject = ?"
    case forgetAttempts = "DELETE FROM attempts WHERE last < ?"
    case formerRoles = "SELECT roles, is_judged FROM former_roles WHERE user_key = ?"
    case putFormerRoles =
      "REPLACE INTO former_roles (user_key, roles, is_judged) VALUES (?, ?, ?)"
    case removeFormerRoles = "DELETE FROM former_roles WHERE user_key = ?"
  }

  /// The columns of a token, as in the statements above.
  static let tokenColumns = """
    key, tail, kind, user_key, user_tail, digest, name, capabilities, expires_at, last_used, checksum, \
    askers
    """

  init(_ connection: Connection) { statement = FixedStatements(connection) }

  // MARK: Passwords

  func password(of user: UserID) throws(StoreError) -> Password? {
    let statement = try self.statement(.password)
    defer { statement.reset() }
    statement.bind(1, user.key)
    return try statement.step() ? try Self.password(statement, of: user, from: 0) : nil
  }

  /// The password in four columns, the first of which is `first`.
  static func password(
    _ s: Statement, of user: UserID, from first: Int32
  ) throws(StoreError) -> Password {
    let fault = StoreError.corrupt("a password does not match its checksum")
    var password = Password(
      userID: user, hash: PasswordHash(text: s.text(first)?.string ?? ""),
      temporaryUntil: s.optionalInt(first + 1).map { Timestamp(milliseconds: $0) })
    guard let askers = Askers(text: s.text(first + 3)?.string) else { throw fault }
    password.askers = askers
    if password.checksum != s.int(first + 2) { throw fault }
    return password
  }

  func put(_ password: Password) throws(StoreError) {
    let statement = try self.statement(.putPassword)
    statement.bind(1, password.userID.key)
    statement.bind(2, copying: password.hash.text)
    statement.bind(3, password.temporaryUntil?.milliseconds)
    statement.bind(4, password.checksum)
    statement.bind(5, copying: password.askers.text)
    try statement.run()
  }

  func removePassword(of user: UserID) throws(StoreError) { try run(.removePassword, user.key) }

  private func run(_ sql: SQL, _ number: Int64) throws(StoreError) {
    let statement = try self.statement(sql)
    statement.bind(1, number)
    try statement.run()
  }

  // MARK: Tokens

  func token(_ reference: TokenReference) throws(StoreError) -> Token? {
    let statement: Statement
    switch reference {
    case .digest(let digest):
      statement = try self.statement(.tokenOfDigest)
      statement.bind(1, copying: digest)
    case .id(let id):
      statement = try self.statement(.tokenOfID)
      statement.bind(1, id.key)
    }
    defer { statement.reset() }
    guard try statement.step() else { return nil }
    let token = try Self.token(statement)
    if case .id(let id) = reference, token.id != id { return nil }
    return token
  }

  func holder(ofToken id: UserID) throws(StoreError) -> UserID? {
    let statement = try self.statement(.holderOfToken)
    defer { statement.reset() }
    statement.bind(1, id.key)
    statement.bind(2, id.tail)
    guard try statement.step() else { return nil }
    return UserID(key: statement.int(0), tail: statement.int(1))
  }

  func tokens(of user: UserID) throws(StoreError) -> [Token] {
    let statement = try self.statement(.tokensOfUser)
    defer { statement.reset() }
    statement.bind(1, user.key)
    var tokens: [Token] = []
    while try statement.step() {
      let token = try Self.token(statement)
      // As in a page of accounts, a damaged index may lead to another account's token.
      if token.userID != user {
        throw .corrupt("an index points to the wrong token")
      }
      tokens.append(token)
    }
    return tokens
  }

  /// The token in twelve columns, in the order of the statements above.
  static func token(_ s: Statement) throws(StoreError) -> Token {
    let fault = StoreError.corrupt("a token does not match its checksum")
    guard let kind = TokenKind(rawValue: Int(s.int(2))) else { throw fault }
    var token = Token(
      id: UserID(key: s.int(0), tail: s.int(1)), kind: kind,
      userID: UserID(key: s.int(3), tail: s.int(4)), digest: Array(s.bytes(5)),
      expiresAt: Timestamp(milliseconds: s.int(8)))
    token.name = s.text(6)?.string ?? ""
    if let text = s.text(7) {
      guard let capabilities = Token.capabilities(text.string) else { throw fault }
      token.capabilities = capabilities
    }
    token.lastUsed = s.optionalInt(9).map { Timestamp(milliseconds: $0) }
    guard let askers = Askers(text: s.text(11)?.string) else { throw fault }
    token.askers = askers
    if token.checksum != s.int(10) { throw fault }
    return token
  }

  func insert(_ token: Token) throws(StoreError) { try write(token, .insertToken) }
  func replace(_ token: Token) throws(StoreError) { try write(token, .replaceToken) }

  private func write(_ token: Token, _ sql: SQL) throws(StoreError) {
    let statement = try self.statement(sql)
    statement.bind(1, token.id.key)
    statement.bind(2, token.id.tail)
    statement.bind(3, Int64(token.kind.rawValue))
    statement.bind(4, token.userID.key)
    statement.bind(5, token.userID.tail)
    statement.bind(6, copying: token.digest)
    statement.bind(7, copying: token.name)
    statement.bind(8, copying: token.capabilityText)
    statement.bind(9, token.expiresAt.milliseconds)
    statement.bind(10, token.lastUsed?.milliseconds)
    statement.bind(11, token.checksum)
    statement.bind(12, copying: token.askers.text)
    try statement.run()
  }

  func remove(_ token: Token) throws(StoreError) { try run(.removeToken, token.id.key) }

  // MARK: Roles of deleted accounts

  func formerRoles(of user: UserID) throws(StoreError) -> FormerRoles? {
    let statement = try self.statement(.formerRoles)
    defer { statement.reset() }
    statement.bind(1, user.key)
    guard try statement.step() else { return nil }
    return Self.formerRoles(statement, from: 0)
  }

  /// The roles in two columns, the first of which is `first`.
  static func formerRoles(_ s: Statement, from first: Int32) -> FormerRoles {
    FormerRoles(
      BorrowedTextList(packed: s.bytes(first)).strings, isJudged: s.int(first + 1) != 0)
  }

  func putFormerRoles(_ roles: FormerRoles?, of user: UserID) throws(StoreError) {
    guard let roles else { return try run(.removeFormerRoles, user.key) }
    let statement = try self.statement(.putFormerRoles)
    statement.bind(1, user.key)
    statement.bind(2, copying: BorrowedTextList.pack(roles.names))
    statement.bind(3, roles.isJudged ? 1 : 0)
    try statement.run()
  }

  // MARK: Failed sign-ins

  /// Call this after a rollback, or when another process may have written.
  func forget() { knowsAttempts = nil }

  func hasAttempts() throws(StoreError) -> Bool {
    if let knowsAttempts { return knowsAttempts }
    let statement = try self.statement(.anyAttempts)
    defer { statement.reset() }
    let isAny = try statement.step()
    knowsAttempts = isAny
    return isAny
  }

  func attempts(of subject: [UInt8]) throws(StoreError) -> Attempts? {
    let statement = try self.statement(.attempts)
    defer { statement.reset() }
    statement.bind(1, copying: subject)
    guard try statement.step() else { return nil }
    return Attempts(
      failures: Int(statement.int(0)), last: Timestamp(milliseconds: statement.int(1)))
  }

  func put(
    _ attempts: Attempts?, of subject: [UInt8], forgottenBefore: Timestamp
  ) throws(StoreError) {
    let statement = try self.statement(attempts == nil ? .removeAttempts : .putAttempts)
    statement.bind(1, copying: subject)
    if let attempts {
      statement.bind(2, Int64(attempts.failures))
      statement.bind(3, attempts.last.milliseconds)
    }
    try statement.run()
    try run(.forgetAttempts, forgottenBefore.milliseconds)
    forget()
  }
}

extension SQLiteUserStore {
  public func password(of user: UserID) throws(StoreError) -> Password? {
    try credentials.password(of: user)
  }

  public func setPassword(_ password: Password?, of user: UserID) throws(StoreError) {
    if let password {
      try credentials.put(password)
    } else {
      try credentials.removePassword(of: user)
    }
    Failpoint.hit(.secretWritten)
  }

  public func token(_ reference: TokenReference) throws(StoreError) -> Token? {
    try credentials.token(reference)
  }

  public func holder(ofToken id: UserID) throws(StoreError) -> UserID? {
    try credentials.holder(ofToken: id)
  }

  public func formerRoles(of user: UserID) throws(StoreError) -> FormerRoles? {
    try credentials.formerRoles(of: user)
  }

  public func setFormerRoles(_ roles: FormerRoles?, of user: UserID) throws(StoreError) {
    try credentials.putFormerRoles(roles, of: user)
  }

  public func tokens(of user: UserID) throws(StoreError) -> [Token] {
    try credentials.tokens(of: user)
  }

  public func insert(_ token: Token) throws(StoreError) {
    try credentials.insert(token)
    Failpoint.hit(.secretWritten)
  }

  public func replace(_ token: Token) throws(StoreError) {
    didChange()
    try credentials.replace(token)
    Failpoint.hit(.secretWritten)
  }

  public func remove(_ token: Token) throws(StoreError) {
    didChange()
    try credentials.remove(token)
    Failpoint.hit(.secretWritten)
  }

  public var hasAttempts: Bool { get throws(StoreError) { try credentials.hasAttempts() } }

  public func attempts(of subject: [UInt8]) throws(StoreError) -> Attempts? {
    try credentials.attempts(of: subject)
  }

  public func setAttempts(
    _ attempts: Attempts?, of subject: [UInt8], forgottenBefore: Timestamp
  ) throws(StoreError) {
    try credentials.put(attempts, of: subject, forgottenBefore: forgottenBefore)
  }
}
