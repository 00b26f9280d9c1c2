internal import Users

/// The statements that read, and those that begin and end transactions. They are prepared at first
/// use and kept.
final class Statements {
  private let connection: Connection
  private var fixed: FixedStatements<Fixed>
  private var byID: Statement?
  private var byEmail: Statement?
  private var holders = HolderStatements()
  /// The statements of lists and counts.
  private var cache: StatementCache
  private var lastSearch: Search?

  private struct Search {
    let expression: String
    let countMax: Int
    let keys: [Int64]
  }

  private enum Fixed: String {
    case begin = "BEGIN"
    case beginImmediate = "BEGIN IMMEDIATE"
    case commit = "COMMIT"
    case rollback = "ROLLBACK"
    case beginSavepoint = "SAVEPOINT part"
    case rollbackToSavepoint = "ROLLBACK TO part"
    case releaseSavepoint = "RELEASE part"
    /// Any read, so that the transaction takes its snapshot now.
    case touch = "SELECT 1 FROM properties LIMIT 1"
    case counts = "SELECT flags, count FROM tallies WHERE scope = ?"
    case search = "SELECT rowid FROM user_search WHERE user_search MATCH ? LIMIT ?"
  }

  init(_ connection: Connection) {
    self.connection = connection
    fixed = FixedStatements(connection)
    cache = StatementCache(connection)
  }

  /// A statement whose text depends on the request.
  private func statement(_ sql: String) throws(StoreError) -> Statement {
    try cache.statement(sql)
  }

  func beginRead() throws(StoreError) {
    try fixed(.begin).run()
    do {
      try fixed(.touch).run()
    } catch {
      rollback()
      throw error
    }
  }

  func beginWrite() throws(StoreError) { try fixed(.beginImmediate).run() }

  func commit() throws(StoreError) { try fixed(.commit).run() }

  func beginSavepoint() throws(StoreError) { try fixed(.beginSavepoint).run() }

  func endSavepoint(isKept: Bool) throws(StoreError) {
    if !isKept { try fixed(.rollbackToSavepoint).run() }
    try fixed(.releaseSavepoint).run()
  }

  /// Errors don't matter: SQLite may have rolled back by itself.
  func rollback() {
    do { try fixed(.rollback).run() } catch {}
  }

  /// The bound statement for one account; nil if the reference can't match any.
  @inline(__always)
  func read(_ reference: UserReference) throws(StoreError) -> Statement? {
    switch reference {
    case .id(let id):
      let statement = try connection.prepare(
        once: &byID, "SELECT \(Columns.list) FROM users WHERE key = ?")
      statement.bind(1, id.key)
      return statement
    case .email(let email):
      let statement = try connection.prepare(
        once: &byEmail,
        "SELECT \(Columns.list) FROM users WHERE email = ? AND deleted_at IS NULL")
      statement.bind(1, copying: email)
      return statement
    case .nobody: return nil
    }
  }

  /// The sum of the counts whose flags match the filter.
  func storedCount(_ filter: Filter) throws(StoreError) -> Int {
    let statement = try fixed(.counts)
    defer { statement.reset() }
    if case .organization(let id) = filter.scope {
      statement.bind(1, copying: ":" + id)
    } else {
      statement.bind(1, copying: "")
    }
    var total = 0
    while try statement.step() {
      if filter.admits(UserFlags(rawValue: Int(statement.int(0)))) {
        total &+= Int(statement.int(1))
      }
    }
    return total
  }

  /// The number of accounts, whatever their state.
  func everybody(in scope: Scope) throws(StoreError) -> Int {
    var all = Filter(scope: scope)
    all.statuses = Set(UserStatus.allCases)
    return try storedCount(all)
  }

  /// The keys of the accounts that an expression of trigrams finds, at most `countMax`. The result
  /// is kept, because a list and its total need the same keys.
  func candidates(_ expression: String, countMax: Int) throws(StoreError) -> [Int64] {
    if let last = lastSearch, last.expression == expression, last.countMax == countMax {
      return last.keys
    }
    let statement = try fixed(.search)
    defer { statement.reset() }
    statement.bind(1, copying: expression)
    statement.bind(2, Int64(countMax))
    var keys: [Int64] = []
    while try statement.step() { keys.append(statement.int(0)) }
    lastSearch = Search(expression: expression, countMax: countMax, keys: keys)
    return keys
  }

  /// Call this when the result may have changed.
  func forgetSearch() { lastSearch = nil }

  func count(_ filter: Filter, candidates: [Int64]?) throws(StoreError) -> Int {
    let predicate = Predicate(filter, candidates: candidates)
    let statement = try statement("SELECT count(*) FROM users WHERE \(predicate.sql)")
    defer { statement.reset() }
    _ = predicate.bind(to: statement)
    return try statement.step() ? Int(statement.int(0)) : 0
  }

  /// The condition for holding a unique field; `isTaken` excludes the account with the key `?1`.
  enum Holder: String {
    case email = "email = ?2"
    case chosenUsername = "username = ?2"
    /// `?3` is a space and the username, as `email` holds the id of an account without an email.
    case anyUsername = "(username = ?2 OR (username IS NULL AND email IN (?2, ?3)))"
    case oauthIdentity = "oauth_provider = ?2 AND oauth_id = ?3"
  }

  /// One statement for each case: finding it by its text would cost more than running it.
  private struct HolderStatements {
    var email: Statement?
    var chosenUsername: Statement?
    var anyUsername: Statement?
    var oauthIdentity: Statement?

    subscript(holder: Holder) -> Statement? {
      get {
        switch holder {
        case .email: email
        case .chosenUsername: chosenUsername
        case .anyUsername: anyUsername
        case .oauthIdentity: oauthIdentity
        }
      }
      set {
        switch holder {
        case .email: email = newValue
        case .chosenUsername: chosenUsername = newValue
        case .anyUsername: anyUsername = newValue
        case .oauthIdentity: oauthIdentity = newValue
        }
      }
    }
  }

  /// Whether an account other than `key` has these values.
  func isTaken(
    _ holder: Holder, by key: Int64, _ text: String, _ second: String? = nil
  ) throws(StoreError) -> Bool {
    let statement = try connection.prepare(
      once: &holders[holder],
      "SELECT 1 FROM users WHERE \(holder.rawValue) AND deleted_at IS NULL AND key <> ?1")
    defer { statement.reset() }
    statement.bind(1, key)
    statement.bind(2, copying: text)
    if let second { statement.bind(3, copying: second) }
    return try statement.step()
  }

  /// The bound statement for one page and one row more.
  func page(_ query: PageQuery, _ plan: PagePlan) throws(StoreError) -> Statement {
    var predicate = Predicate(
      query.filter, candidates: plan.candidates, walksSort: plan.order == .walkSort)
    let column = Self.column(query.sort)
    let isUp = query.order == .ascending
    if let after = query.after {
      let compare = isUp ? ">" : "<"
      switch query.sort {
      case .createdAt: predicate.require("key \(compare) ?", .number(after.key))
      case .updatedAt:
        predicate.require(
          "(updated_at, key) \(compare) (?, ?)", .number(after.number), .number(after.key))
      case .email, .name:
        predicate.require(
          "(\(column), key) \(compare) (?, ?)", .text(after.text), .number(after.key))
      }
    }
    let direction = isUp ? "ASC" : "DESC"
    // The plus keeps SQLite from using the column's index.
    let leading = plan.order == .gather ? "+\(column)" : column
    let order =
      column == "key" ? "\(leading) \(direction)" : "\(leading) \(direction), key \(direction)"
    let statement = try statement(
      """
      SELECT \(Columns.list) FROM users WHERE \(predicate.sql)
        ORDER BY \(order) LIMIT ? OFFSET ?
      """)
    let next = predicate.bind(to: statement)
    statement.bind(next, Int64(query.limit + 1))
    statement.bind(next + 1, Int64(query.offset))
    return statement
  }

  private static func column(_ sort: SortKey) -> String {
    switch sort {
    case .createdAt: "key"
    case .email: "email"
    case .name: "search"
    case .updatedAt: "updated_at"
    }
  }
}
