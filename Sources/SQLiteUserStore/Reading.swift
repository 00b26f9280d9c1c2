public import Users

extension SQLiteUserStore {
  public func page(_ query: PageQuery, _ body: (UserView) -> Void) throws(StoreError) -> Bool {
    try flushForReading()
    let plan = try PagePlan(query, statements)
    let statement = try statements.page(query, plan)
    defer { statement.reset() }
    var count = 0
    while try statement.step() {
      count += 1
      if count > query.limit { return true }
      let row = try Columns.row(statement)
      // A damaged index may lead to a wrong account whose row is sound.
      if !query.filter.isAbout(row) {
        throw .corrupt("an index points to the wrong account")
      }
      body(row)
    }
    return false
  }

  /// Lets lists and counts see the transaction's own writes.
  private func flushForReading() throws(StoreError) {
    guard isWriting else { return }
    try writer.flush()
    statements.forgetSearch()
  }

  public func count(_ filter: Filter) throws(StoreError) -> Int {
    try flushForReading()
    if filter.isAnsweredByCounts { return try statements.storedCount(filter) }
    return try statements.count(filter, candidates: PagePlan.candidates(filter, statements))
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
    if user.username == user.defaultUsername {
      return try statements.isTaken(.chosenUsername, by: key, username)
    }
    if try statements.isTaken(.anyUsername, by: key, username, " " + username) { return true }
    return try identities.isDefaultUsername(username, besides: key)
  }
}
