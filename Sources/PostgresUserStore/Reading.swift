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
    let rows = try fetch(page, with: countScope(toComeWith: query))
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

  /// The scope whose counts the caller of a first page will probably ask for; nil if they are known,
  /// or if this transaction may have changed them.
  private func countScope(toComeWith query: PageQuery) -> String? {
    guard !isInTransaction, query.after == nil, query.filter.isAnsweredByCounts,
      let scope = Self.countScope(of: query.filter)
    else { return nil }
    if let knownCounts, knownCounts.scope == scope, knownCounts.revision == directory?.revision {
      return nil
    }
    return scope
  }

  private func fetch(_ page: PageStatement, with scope: String?) throws(StoreError) -> Rows {
    let answers = try fetchAllChecked(scope == nil ? 1 : 2) { () throws(StoreError) in
      try connection.queue(page.sql, page.parameters)
      if let scope { try queueCounts(of: scope) }
    }
    if let scope, let directory { knownCounts = (directory.revision, scope, answers[1]) }
    return answers[0]
  }

  private func queueCounts(of scope: String) throws(StoreError) {
    var values = Parameters()
    values.add(scope)
    try connection.queue(userSQL.counts, values)
  }

  /// nil for an organization that can't exist, because PostgreSQL refuses a text with a NUL.
  private static func countScope(of filter: Filter) -> String? {
    guard case .organization(let id) = filter.scope else { return "" }
    return id.utf8.contains(0) ? nil : ":" + id
  }

  /// The sum of the counts whose flags match the filter.
  private func storedCount(_ filter: Filter) throws(StoreError) -> Int {
    guard let scope = Self.countScope(of: filter) else { return 0 }
    let rows = try storedCounts(of: scope)
    var sum = 0
    for at in 0..<rows.count where filter.admits(UserFlags(rawValue: Int(rows.int(at, 0)))) {
      sum += Int(rows.int(at, 1))
    }
    return sum
  }

  private func storedCounts(of scope: String) throws(StoreError) -> Rows {
    if !isInTransaction, let knownCounts, knownCounts.scope == scope,
      try knownCounts.revision == current().revision
    {
      return knownCounts.rows
    }
    let rows = try fetchChecked { () throws(StoreError) in try queueCounts(of: scope) }
    if !isInTransaction, let directory { knownCounts = (directory.revision, scope, rows) }
    return rows
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
