internal import Contract
internal import Secrets
public import Users

extension PostgresUserStore {
  // MARK: Passwords

  public func password(of user: UserID) throws(StoreError) -> Password? {
    var values = Parameters()
    values.add(user.key)
    let rows = try fetchChecked(credentialSQL.password, values)
    return rows.count == 0 ? nil : try Self.password(rows, 0, of: user, from: 0)
  }

  /// The password in four columns, the first of which is `first`.
  static func password(
    _ rows: Rows, _ at: Int32, of user: UserID, from first: Int32
  ) throws(StoreError) -> Password {
    let fault = StoreError.serverDamaged("a password does not match its checksum")
    var password = Password(
      userID: user, hash: PasswordHash(text: rows.text(at, first)?.string ?? ""),
      temporaryUntil: rows.optionalInt(at, first + 1).map { Timestamp(milliseconds: $0) })
    guard let askers = Askers(text: rows.text(at, first + 3)?.string) else { throw fault }
    password.askers = askers
    if password.checksum != rows.int(at, first + 2) { throw fault }
    return password
  }

  static func values(of password: Password) -> Parameters {
    var values = Parameters()
    values.add(password.userID.key)
    values.add(password.hash.text)
    values.add(password.temporaryUntil?.milliseconds)
    values.add(password.checksum)
    values.add(password.askers.text)
    return values
  }

  public func setPassword(_ password: Password?, of user: UserID) throws(StoreError) {
    if let password {
      try write(credentialSQL.putPassword, Self.values(of: password))
    } else {
      try write(credentialSQL.removePassword, user.key)
    }
    Failpoint.hit(.secretWritten)
  }

  // MARK: Tokens

  public func token(_ reference: TokenReference) throws(StoreError) -> Token? {
    var values = Parameters()
    let rows: Rows
    switch reference {
    case .digest(let digest):
      values.add(digest)
      rows = try fetchChecked(credentialSQL.tokenOfDigest, values)
    case .id(let id):
      values.add(id.key)
      rows = try fetchChecked(credentialSQL.tokenOfKey, values)
    }
    if rows.count == 0 { return nil }
    let token = try Self.token(rows, 0)
    if case .id(let id) = reference, token.id != id { return nil }
    return token
  }

  public func holder(ofToken id: UserID) throws(StoreError) -> UserID? {
    var values = Parameters()
    values.add(id.key)
    let rows = try fetchChecked(credentialSQL.tokenOfKey, values)
    guard rows.count > 0, rows.int(0, 1) == id.tail else { return nil }
    return UserID(key: rows.int(0, 3), tail: rows.int(0, 4))
  }

  public func tokens(of user: UserID) throws(StoreError) -> [Token] {
    var values = Parameters()
    values.add(user.key)
    let rows = try fetchChecked(credentialSQL.tokensOfUser, values)
    var tokens: [Token] = []
    for at in 0..<rows.count {
      let token = try Self.token(rows, at)
      // A damaged index may lead to another account's token.
      if token.userID != user { throw .serverDamaged("an index points to the wrong token") }
      tokens.append(token)
    }
    return tokens
  }

  static func token(_ rows: Rows, _ at: Int32) throws(StoreError) -> Token {
    let fault = StoreError.serverDamaged("a token does not match its checksum")
    guard let kind = TokenKind(rawValue: Int(rows.int(at, 2))) else { throw fault }
    var token = Token(
      id: UserID(key: rows.int(at, 0), tail: rows.int(at, 1)), kind: kind,
      userID: UserID(key: rows.int(at, 3), tail: rows.int(at, 4)),
      digest: Array(rows.bytes(at, 5)), expiresAt: Timestamp(milliseconds: rows.int(at, 8)))
    token.name = rows.text(at, 6)?.string ?? ""
    if let text = rows.text(at, 7) {
      guard let capabilities = Token.capabilities(text.string) else { throw fault }
      token.capabilities = capabilities
    }
    token.lastUsed = rows.optionalInt(at, 9).map { Timestamp(milliseconds: $0) }
    guard let askers = Askers(text: rows.text(at, 11)?.string) else { throw fault }
    token.askers = askers
    if token.checksum != rows.int(at, 10) { throw fault }
    return token
  }

  static func values(of token: Token) -> Parameters {
    var values = Parameters()
    values.add(token.id.key)
    values.add(token.id.tail)
    values.add(Int64(token.kind.rawValue))
    values.add(token.userID.key)
    values.add(token.userID.tail)
    values.add(token.digest)
    values.add(token.name)
    values.add(token.capabilityText)
    values.add(token.expiresAt.milliseconds)
    values.add(token.lastUsed?.milliseconds)
    values.add(token.checksum)
    values.add(token.askers.text)
    return values
  }

  public func insert(_ token: Token) throws(StoreError) {
    writes.isAny = true
    if try fetchChecked(credentialSQL.insertToken, Self.values(of: token)).count == 0 {
      throw .idTaken
    }
    Failpoint.hit(.secretWritten)
  }

  public func replace(_ token: Token) throws(StoreError) {
    didChange()
    try write(credentialSQL.replaceToken, Self.values(of: token))
    Failpoint.hit(.secretWritten)
  }

  public func remove(_ token: Token) throws(StoreError) {
    didChange()
    try write(credentialSQL.removeToken, token.id.key)
    Failpoint.hit(.secretWritten)
  }

  // MARK: Roles of deleted accounts

  public func formerRoles(of user: UserID) throws(StoreError) -> FormerRoles? {
    var values = Parameters()
    values.add(user.key)
    let rows = try fetchChecked(credentialSQL.formerRoles, values)
    return rows.count == 0 ? nil : Self.formerRoles(rows, 0, from: 0)
  }

  /// The roles in two columns, the first of which is `first`.
  static func formerRoles(_ rows: Rows, _ at: Int32, from first: Int32) -> FormerRoles {
    FormerRoles(
      BorrowedTextList(packed: rows.bytes(at, first)).strings, isJudged: rows.bool(at, first + 1))
  }

  static func values(of roles: FormerRoles, _ user: UserID) -> Parameters {
    var values = Parameters()
    values.add(user.key)
    values.add(BorrowedTextList.pack(roles.names))
    values.add(roles.isJudged)
    return values
  }

  public func setFormerRoles(_ roles: FormerRoles?, of user: UserID) throws(StoreError) {
    guard let roles else { return try write(credentialSQL.removeFormerRoles, user.key) }
    try write(credentialSQL.putFormerRoles, Self.values(of: roles, user))
  }

  // MARK: Failed sign-ins

  public var hasAttempts: Bool { get throws(StoreError) { try current().hasAttempts } }

  public func attempts(of subject: [UInt8]) throws(StoreError) -> Attempts? {
    var values = Parameters()
    values.add(subject)
    let rows = try fetchChecked(credentialSQL.attempts, values)
    if rows.count == 0 { return nil }
    return Attempts(
      failures: Int(rows.int(0, 0)), last: Timestamp(milliseconds: rows.int(0, 1)))
  }

  public func setAttempts(
    _ attempts: Attempts?, of subject: [UInt8], forgottenBefore: Timestamp
  ) throws(StoreError) {
    if let attempts {
      try write(credentialSQL.putAttempts, Self.values(of: attempts, subject))
    } else {
      var values = Parameters()
      values.add(subject)
      try write(credentialSQL.removeAttempts, values)
    }
    try write(credentialSQL.forgetAttempts, forgottenBefore.milliseconds)
    writes.hasAttempts = true
    directory?.hasAttempts = true
  }

  static func values(of attempts: Attempts, _ subject: [UInt8]) -> Parameters {
    var values = Parameters()
    values.add(subject)
    values.add(Int64(attempts.failures))
    values.add(attempts.last.milliseconds)
    return values
  }
}
