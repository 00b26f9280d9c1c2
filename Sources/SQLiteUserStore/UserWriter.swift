internal import CSQLite
internal import Users

/// Writes rows, and the data derived from them: counts and the trigram index.
///
/// The derived data is written when the transaction ends or a query needs it. Writing it row by row
/// would cost more than writing the rows: every account changes the same count, and FTS5 sorts its
/// pending terms into a new segment at each flush.
final class UserWriter {
  let identities: IdentityTable
  private let connection: Connection
  private var insertStatement: Statement?
  private var deleteStatement: Statement?
  private var addStatement: Statement?
  private var removeStatement: Statement?
  private var countStatement: Statement?
  private var updateStatements: [[Int]: Statement] = [:]
  private var waiting: [SearchChange] = []
  private var counts: [CountKey: Int64] = [:]
  private var failure: StoreError?

  private struct CountKey: Hashable {
    let scope: String
    let flags: Int
  }

  private enum SearchChange {
    case add(key: Int64, text: String)
    case remove(key: Int64, text: String)
  }

  init(_ connection: Connection) {
    self.connection = connection
    identities = IdentityTable(connection)
  }

  func insert(_ row: UserView, isIndexed: Bool = true) throws(StoreError) {
    let statement = try connection.prepare(once: &insertStatement, Self.insertion)
    for (column, value) in Columns.values(of: row).enumerated() {
      Columns.bind(column, value, of: row.id, statement, at: Int32(column + 1))
    }
    try statement.run()
    try identities.add(row)
    addToCounts(row, 1)
    if isIndexed { waiting.append(.add(key: row.id.key, text: row.search.string)) }
  }

  /// Writes only the columns that differ, so that only their indexes change.
  func replace(_ before: UserView, with after: UserView) throws(StoreError) {
    let (old, new) = (Columns.values(of: before), Columns.values(of: after))
    let changed = new.indices.filter { old[$0] != new[$0] }
    let statement = try connection.prepare(
      once: &updateStatements[changed], Self.update(of: changed))
    for (at, column) in changed.enumerated() {
      Columns.bind(column, new[column], of: after.id, statement, at: Int32(at + 1))
    }
    statement.bind(Int32(changed.count + 1), after.id.key)
    try statement.run()
    try identities.remove(before)
    try identities.add(after)
    addToCounts(before, -1)
    addToCounts(after, 1)
    let (oldText, newText) = (before.search.string, after.search.string)
    if oldText != newText {
      waiting.append(.remove(key: after.id.key, text: oldText))
      waiting.append(.add(key: after.id.key, text: newText))
    }
  }

  func remove(_ row: UserView) throws(StoreError) {
    let statement = try connection.prepare(
      once: &deleteStatement, "DELETE FROM users WHERE key = ?")
    statement.bind(1, row.id.key)
    try statement.run()
    try identities.remove(row)
    addToCounts(row, -1)
    waiting.append(.remove(key: row.id.key, text: row.search.string))
  }

  private static var insertion: String {
    let marks = Columns.all.map { _ in "?" }.joined(separator: ", ")
    return "INSERT INTO users (\(Columns.list)) VALUES (\(marks))"
  }

  private static func update(of columns: [Int]) -> String {
    let changes = columns.map { "\(Columns.all[$0]) = ?" }.joined(separator: ", ")
    return "UPDATE users SET \(changes) WHERE key = ?"
  }

  private func addToCounts(_ row: UserView, _ change: Int64) {
    counts[CountKey(scope: "", flags: row.flags.rawValue), default: 0] += change
    guard let organization = row.organizationID else { return }
    let scope = ":" + organization.string
    counts[CountKey(scope: scope, flags: row.flags.rawValue), default: 0] += change
  }

  /// Writes pending changes. After a failure, the transaction can't be committed.
  func flush() throws(StoreError) {
    if let failure { throw failure }
    do throws(StoreError) {
      try flushSearch()
      try flushCounts()
    } catch {
      failure = error
      throw error
    }
  }

  /// Discards pending changes, after a rollback.
  func forget() {
    waiting.removeAll()
    counts.removeAll()
    failure = nil
    identities.forget()
  }

  private func flushSearch() throws(StoreError) {
    if waiting.isEmpty { return }
    for change in waiting {
      switch change {
      case .add(let key, let text):
        let statement = try connection.prepare(
          once: &addStatement, "INSERT INTO user_search (rowid, text) VALUES (?, ?)")
        try run(statement, key, text)
      case .remove(let key, let text):
        let statement = try connection.prepare(
          once: &removeStatement,
          "INSERT INTO user_search (user_search, rowid, text) VALUES ('delete', ?, ?)")
        try run(statement, key, text)
      }
    }
    waiting.removeAll(keepingCapacity: true)
  }

  private func run(_ statement: Statement, _ key: Int64, _ text: String) throws(StoreError) {
    statement.bind(1, key)
    statement.bind(2, copying: text)
    try statement.run()
  }

  private func flushCounts() throws(StoreError) {
    if counts.isEmpty { return }
    let statement = try connection.prepare(
      once: &countStatement,
      """
      INSERT INTO tallies VALUES (?, ?, ?)
        ON CONFLICT (scope, flags) DO UPDATE SET count = count + excluded.count
      """)
    for (key, change) in counts where change != 0 {
      statement.bind(1, copying: key.scope)
      statement.bind(2, Int64(key.flags))
      statement.bind(3, change)
      try statement.run()
    }
    counts.removeAll(keepingCapacity: true)
  }

  /// Builds the trigram index of all accounts, after an import that left it out.
  func indexAll() throws(StoreError) {
    try connection.run(
      "INSERT INTO user_search (rowid, text) SELECT key, search FROM users ORDER BY key")
  }
}
