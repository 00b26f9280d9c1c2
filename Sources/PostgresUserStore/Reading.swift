internal import Contract
public import Users

extension PostgresUserStore {
  public func read(
    _ reference: UserReference, _ body: (UserView) -> Void
  ) throws(StoreError) -> Bool {
    try read(reference, within: .all, body)
  }

  public func read(
    _ reference: UserReference, within scope: Scope, _ body: (UserView) -> Void
  ) throws(StoreError) -> Bool {
    var values = Parameters()
    let found: UserRows
    if case .id(let id) = reference, hasNews { (caller, hasNews) = (id, false) }
    if let rows = try foreseen(reference) {
      try check(rows.int(0, 0))
      return try pass(UserRows(rows), reference, within: scope, body)
    }
    switch reference {
    case .id(let id):
      values.add(id.key)
      found = UserRows(try fetchUsers(userSQL.userByKey, values))
    case .email(let email):
      // PostgreSQL refuses a text with a NUL, and so no column has one.
      if email.utf8.contains(0) { return false }
      values.add(IdentityKey.of(email))
      found = UserRows(try fetchUsers(userSQL.userByEmail, values))
    case .nobody: return false
    }
    return try pass(found, reference, within: scope, body)
  }

  private func pass(
    _ found: UserRows, _ reference: UserReference, within scope: Scope, _ body: (UserView) -> Void
  ) throws(StoreError) -> Bool {
    guard let row = try found.row(of: reference, within: scope) else { return false }
    withExtendedLifetime(found) { body(row) }
    return true
  }

  /// Fetches rows of `UserRows`.
  private func fetchUsers(
    _ statement: Statement, _ values: Parameters
  ) throws(StoreError) -> Rows {
    let answers = try fetch { () throws(StoreError) in try connection.queue(statement, values) }
    guard let rows = answers.last, rows.count > 0 else {
      throw .serverDamaged("the table directory has no row")
    }
    try check(rows.int(0, 0))
    return rows
  }

  public func page(_ query: PageQuery, _ body: (UserView) -> Void) throws(StoreError) -> Bool {
    if isWriting { try flush() }
    let page = PageStatement(query, schema: sql.schema)
    if page.isImpossible { return false }
    let rows = try fetchChecked { () throws(StoreError) in
      try connection.queue(page.sql, page.parameters)
    }
    for at in 0..<Int32(min(Int(rows.count), query.limit)) { body(try page.row(rows, at)) }
    return rows.count > query.limit
  }

  public func count(_ filter: Filter) throws(StoreError) -> Int {
    if isWriting { try flush() }
    if filter.isAnsweredByCounts { return try storedCount(filter) }
    let predicate = Predicate(filter)
    if predicate.isImpossible { return 0 }
    let rows = try fetchChecked { () throws(StoreError) in
      try connection.queue(
        "SELECT count(*) FROM \(sql.schema).users WHERE \(predicate.sql)", predicate.parameters)
    }
    return rows.count > 0 ? Int(rows.int(0, 0)) : 0
  }

  /// The sum of the counts whose flags match the filter.
  private func storedCount(_ filter: Filter) throws(StoreError) -> Int {
    var values = Parameters()
    if case .organization(let id) = filter.scope {
      if id.utf8.contains(0) { return 0 }
      values.add(":" + id)
    } else {
      values.add("")
    }
    let rows = try fetchChecked(userSQL.counts, values)
    var sum = 0
    for at in 0..<rows.count where filter.admits(UserFlags(rawValue: Int(rows.int(at, 0)))) {
      sum += Int(rows.int(at, 1))
    }
    return sum
  }

  /// All claims are looked up in one statement.
  public func conflict(of user: User, claiming claims: Claims) throws(StoreError) -> Conflict? {
    if isWriting, let known = foresight.conflict(of: user, claiming: claims) {
      if known == nil { writes.freeKey = user.id.key }
      return known
    }
    var values = Parameters()
    let hasUsername = claims.contains(.username)
    let isDefault = user.username == user.defaultUsername
    let hasIdentity = claims.contains(.oauthIdentity)
    values.add(user.id.key)
    values.add(claims.contains(.email) ? user.email.map(IdentityKey.of) : nil)
    values.add(hasUsername ? IdentityKey.of(user.username) : nil)
    values.add(hasUsername && !isDefault ? " " + IdentityKey.of(user.username) : nil)
    values.add(hasIdentity ? user.oauthProvider : nil)
    values.add(hasIdentity ? user.oauthID : nil)
    let rows = try fetchUsers(userSQL.conflict, values)
    if rows.bool(0, 1) { return .email }
    if rows.bool(0, 2) { return .username }
    if rows.bool(0, 3) { return .oauthIdentity }
    let isKeyTaken = rows.bool(0, 4)
    if isWriting { writes.freeKey = isKeyTaken ? nil : user.id.key }
    return claims.contains(.id) && isKeyTaken ? .id : nil
  }
}
