public import Users

extension SQLiteUserStore {
  @inline(__always)
  public func read(
    _ reference: UserReference, _ body: (UserView) -> Void
  ) throws(StoreError) -> Bool {
    guard let statement = try statements.read(reference, .record) else { return false }
    defer { statement.reset() }
    guard try statement.step() else { return try readAsSpelled(reference, within: .all, body) }
    return try pass(statement, reference, within: .all, body)
  }

  public func read(
    _ reference: UserReference, within scope: Scope, _ body: (UserView) -> Void
  ) throws(StoreError) -> Bool {
    guard let statement = try statements.read(reference, .recordAndOrganization) else {
      return false
    }
    defer { statement.reset() }
    guard try statement.step() else { return try readAsSpelled(reference, within: scope, body) }
    guard Columns.isReached(statement, by: scope) else { return false }
    return try pass(statement, reference, within: scope, body)
  }

  @inline(__always)
  private func pass(
    _ statement: Statement, _ reference: UserReference, within scope: Scope,
    _ body: (UserView) -> Void
  ) throws(StoreError) -> Bool {
    let row = try Columns.row(statement)
    // The account was found by an index and by columns, which may be damaged. The record decides.
    switch reference {
    case .id(let id): if id != row.id { return false }
    case .email(let email):
      guard row.deletedAt == nil, row.email?.equals(email) ?? false else {
        throw .corrupt("an index points to the wrong account")
      }
    case .nobody: return false
    }
    guard scope == .all || scope.reaches(row.id, organization: row.organizationID) else {
      throw .corrupt("the columns of an account differ from its record")
    }
    body(row)
    return true
  }

  /// The account that has this email in another spelling, if exactly one does.
  private func readAsSpelled(
    _ reference: UserReference, within scope: Scope, _ body: (UserView) -> Void
  ) throws(StoreError) -> Bool {
    guard case .email(let email) = reference,
      let id = try writer.identities.holder(ofEmail: email, within: scope)
    else { return false }
    return try read(.id(id), within: scope, body)
  }

  public func page(_ query: PageQuery, _ body: (UserView) -> Void) throws(StoreError) -> Bool {
    try flushForReading()
    var keys = try PageKeys(query, statements).find()
    let hasMore = keys.count > query.limit
    if hasMore { keys.removeLast() }
    let needsTexts = query.sort == .name || query.filter.query != nil
    for key in keys { try read(key, of: query, needsTexts: needsTexts, body) }
    return hasMore
  }

  private func read(
    _ key: Int64, of query: PageQuery, needsTexts: Bool, _ body: (UserView) -> Void
  ) throws(StoreError) {
    let statement = try statements.read(key: key, needsTexts ? .recordAndSearchTexts : .record)
    defer { statement.reset() }
    guard try statement.step() else { throw .corrupt("an index points to no account") }
    var row = try Columns.row(statement)
    if needsTexts {
      row.searchName = statement.text(2) ?? .empty
      row.searchEmail = statement.text(3)
      if !Self.searchTextsAgree(row) {
        throw .corrupt("the columns of an account differ from its record")
      }
    }
    // A damaged index or column may lead to a wrong account whose record is sound.
    if !query.filter.matches(row) {
      throw .corrupt("an index points to the wrong account")
    }
    body(row)
  }

  /// Whether the texts for searching, which are columns beside the record, follow from it.
  private static func searchTextsAgree(_ row: UserView) -> Bool {
    guard row.searchName.equals(TextNormalization.searchable(row.name.string)) else { return false }
    guard let email = row.email else { return row.searchEmail == nil }
    return (row.searchEmail ?? email).equals(TextNormalization.searchable(email.string))
  }

  /// Lets lists and counts see the transaction's own writes.
  private func flushForReading() throws(StoreError) {
    guard isWriting else { return }
    try writer.flush()
  }

  public func count(_ filter: Filter) throws(StoreError) -> Int {
    try flushForReading()
    if filter.isAnsweredByCounts { return try statements.storedCount(filter) }
    return try statements.count(filter)
  }

  public func conflict(of user: User, claiming claims: Claims) throws(StoreError) -> Conflict? {
    let key = user.id.key
    if claims.contains(.email), let email = user.email.map(IdentityKey.of) {
      if try statements.isTaken(.email, by: key, email) { return .email }
      if try writer.identities.isTaken(.email, email, by: key) { return .email }
    }
    if claims.contains(.username), try isUsernameTaken(of: user) { return .username }
    if claims.contains(.oauthIdentity), let provider = user.oauthProvider, let id = user.oauthID,
      try statements.isTaken(.oauthIdentity, by: key, provider, id)
    {
      return .oauthIdentity
    }
    return nil
  }

  private func isUsernameTaken(of user: User) throws(StoreError) -> Bool {
    let (key, identities) = (user.id.key, writer.identities)
    let username = IdentityKey.of(user.username)
    if try identities.isTaken(.username, username, by: key) { return true }
    // A username that is the account's own email conflicts only with a chosen username.
    if try statements.isTaken(.chosenUsername, by: key, username) { return true }
    if user.username == user.defaultUsername { return false }
    // (One statement for both would scan all accounts: SQLite can't use both indexes.)
    if try statements.isTaken(.defaultUsername, by: key, username, " " + username) { return true }
    return try identities.isDefaultUsername(username, besides: key)
  }
}
