internal import Users

/// The statements that read, and those that begin and end transactions. They are prepared at first
/// use and kept.
final class Statements {
  private let connection: Connection
  private var fixed: FixedStatements<Fixed>
  private var byKey = ReadingStatements()
  private var byEmail = ReadingStatements()
  private var holders = HolderStatements()
  /// The statements of lists and counts.
  private var cache: StatementCache
  let trigrams: TrigramIndex

  private enum Fixed: String {
    case begin = "BEGIN"
    case beginImmediate = "BEGIN IMMEDIATE"
    case commit = "COMMIT"
    case rollback = "ROLLBACK"
    case beginSavepoint = "SAVEPOINT part"
    case rollbackToSavepoint = "ROLLBACK TO part"
    case releaseSavepoint = "RELEASE part"
    /// Any read, so that the transaction takes its snapshot now.
    case touch = "SELECT 1 FROM store_settings LIMIT 1"
    case counts = "SELECT flags, count FROM counts WHERE scope = ?"
  }

  init(_ connection: Connection) {
    self.connection = connection
    fixed = FixedStatements(connection)
    cache = StatementCache(connection)
    trigrams = TrigramIndex(connection)
  }

  /// A statement whose text depends on the request.
  func statement(_ sql: String) throws(StoreError) -> Statement {
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

  /// Which columns a statement for one account reads: `Columns.list` first.
  enum Reading {
    case record
    /// And the organization, in column 2, to tell whether the account is within a scope.
    case recordAndOrganization
    /// And the texts for searching, in columns 2 and 3.
    case recordAndSearchTexts

    fileprivate var columns: String {
      switch self {
      case .record: Columns.list
      case .recordAndOrganization: Columns.list + ", organization_id"
      case .recordAndSearchTexts: Columns.list + ", search_name, search_email"
      }
    }
  }

  /// The bound statement for one account; nil if the reference can't match any.
  @inline(__always)
  func read(_ reference: UserReference, _ reading: Reading) throws(StoreError) -> Statement? {
    switch reference {
    case .id(let id): return try read(key: id.key, reading)
    case .email(let email):
      let statement = try connection.prepare(
        once: &byEmail[reading],
        "SELECT \(reading.columns) FROM users WHERE email = ? AND deleted_at IS NULL")
      statement.bind(1, copying: email)
      return statement
    case .nobody: return nil
    }
  }

  @inline(__always)
  func read(key: Int64, _ reading: Reading) throws(StoreError) -> Statement {
    let statement = try connection.prepare(
      once: &byKey[reading], "SELECT \(reading.columns) FROM users WHERE key = ?")
    statement.bind(1, key)
    return statement
  }

  /// The number of accounts with each combination of flags that occurs, in all.
  func flags() throws(StoreError) -> [(flags: UserFlags, count: Int)] {
    try flags(in: .all)
  }

  private func flags(in scope: Scope) throws(StoreError) -> [(flags: UserFlags, count: Int)] {
    let statement = try fixed(.counts)
    defer { statement.reset() }
    if case .organization(let id) = scope {
      statement.bind(1, copying: ":" + id)
    } else {
      statement.bind(1, copying: "")
    }
    var found: [(flags: UserFlags, count: Int)] = []
    while try statement.step() {
      found.append((UserFlags(rawValue: Int(statement.int(0))), Int(statement.int(1))))
    }
    return found
  }

  /// The sum of the counts whose flags match the filter.
  func storedCount(_ filter: Filter) throws(StoreError) -> Int {
    try flags(in: filter.scope).reduce(0) { $0 + (filter.admits($1.flags) ? $1.count : 0) }
  }

  /// The number of accounts, whatever their state.
  func everybody(in scope: Scope) throws(StoreError) -> Int {
    try flags(in: scope).reduce(0) { $0 + $1.count }
  }

  /// The number of accounts of a source, counted up to `countMax`.
  func count(_ source: CandidateSource, countMax: Int) throws(StoreError) -> Int {
    let statement = try statement("SELECT count(*) FROM (\(source.sql) LIMIT ?)")
    defer { statement.reset() }
    let next = Predicate.bind(source.values, to: statement)
    statement.bind(next, Int64(countMax))
    return try statement.step() ? Int(statement.int(0)) : 0
  }

  func count(_ filter: Filter) throws(StoreError) -> Int {
    let plan = try PagePlan(counting: filter, self)
    let table = plan.tables(sort: nil, filter)[0].name
    let predicate = Predicate(filter, from: plan.source)
    let statement = try statement("SELECT count(*) FROM \(table) WHERE \(predicate.sql)")
    defer { statement.reset() }
    _ = predicate.bind(to: statement)
    return try statement.step() ? Int(statement.int(0)) : 0
  }

  /// The condition for holding a unique field; `isTaken` excludes the account with the key `?1`.
  enum Holder: String {
    case email = "email = ?2"
    case chosenUsername = "username = ?2"
    /// `?3` is a space and the username, as `email` holds the id of an account without an email.
    case defaultUsername = "username IS NULL AND email IN (?2, ?3)"
    case oauthIdentity = "oauth_provider = ?2 AND oauth_id = ?3"
  }

  /// One statement for each case: finding it by its text would cost more than running it.
  private struct HolderStatements {
    var email: Statement?
    var chosenUsername: Statement?
    var defaultUsername: Statement?
    var oauthIdentity: Statement?

    subscript(holder: Holder) -> Statement? {
      get {
        switch holder {
        case .email: email
        case .chosenUsername: chosenUsername
        case .defaultUsername: defaultUsername
        case .oauthIdentity: oauthIdentity
        }
      }
      set {
        switch holder {
        case .email: email = newValue
        case .chosenUsername: chosenUsername = newValue
        case .defaultUsername: defaultUsername = newValue
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

  /// One statement for each way of reading; a dictionary would cost a tenth of a request.
  private struct ReadingStatements {
    private var record: Statement?
    private var recordAndOrganization: Statement?
    private var recordAndSearchTexts: Statement?

    subscript(reading: Reading) -> Statement? {
      @inline(__always) get {
        switch reading {
        case .record: record
        case .recordAndOrganization: recordAndOrganization
        case .recordAndSearchTexts: recordAndSearchTexts
        }
      }
      set {
        switch reading {
        case .record: record = newValue
        case .recordAndOrganization: recordAndOrganization = newValue
        case .recordAndSearchTexts: recordAndSearchTexts = newValue
        }
      }
    }
  }
}
