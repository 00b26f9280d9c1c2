internal import Users

/// Writes rows, and the data derived from them: counts and the trigram index.
///
/// The derived data is written when the transaction ends or a query needs it. Writing it row by row
/// would cost more than writing the rows, because every account changes the same count.
final class UserWriter {
  let identities: IdentityTable
  private let connection: Connection
  private let trigrams: TrigramIndex
  private var insertStatement: Statement?
  private var deleteStatement: Statement?
  private var countStatement: Statement?
  /// By the columns that differ.
  private var updateStatements: [[Int]: Statement] = [:]
  private static let updateStatementsMax = 32
  private var counts: [CountKey: Int64] = [:]
  private var failure: StoreError?
  /// Whether changes enter the trigram index. An import that builds it at the end leaves them out.
  var isIndexing = true
  /// The latest account that this transaction inserted.
  private var newest: PackedUser?

  private struct CountKey: Hashable {
    let scope: String
    let flags: Int
  }

  init(_ connection: Connection) {
    self.connection = connection
    identities = IdentityTable(connection)
    trigrams = TrigramIndex(connection)
  }

  func insert(_ user: PackedUser) throws(StoreError) {
    try user.withRecord { (row, record) throws(StoreError) in
      try insert(row, record)
    }
    newest = user
  }

  /// Whether the changes are the creation of the latest account that was inserted.
  func hasJustInserted(_ changes: EventChanges) -> Bool {
    guard case .creation(let user) = changes, let newest else { return false }
    return user === newest
  }

  /// Inserts a damaged account of an older format, for which no record has a valid checksum.
  func insertDamaged(_ user: PackedUser) throws(StoreError) {
    try user.withRecord { (row, record) throws(StoreError) in
      var bytes = Array(record)
      bytes[bytes.count - 1] ^= 0xFF
      let outcome = bytes.withUnsafeBufferPointer { bytes in
        Result { () throws(StoreError) in try insert(row, bytes) }
      }
      try outcome.get()
    }
  }

  private func insert(
    _ row: UserView, _ record: UnsafeBufferPointer<UInt8>
  ) throws(StoreError) {
    let statement = try connection.prepare(once: &insertStatement, Self.insertion)
    for (column, value) in Columns.values(row, record).enumerated() {
      Columns.bind(column, value, of: row.id, statement, at: Int32(column + 1))
    }
    try statement.run()
    try identities.add(row)
    addToCounts(row, 1)
    if isIndexing { try trigrams.add(row) }
  }

  /// Writes only the columns that differ, so that only their indexes change.
  func replace(_ before: PackedUser, with after: PackedUser) throws(StoreError) {
    try before.withRecord { (oldRow, oldRecord) throws(StoreError) in
      try after.withRecord { (newRow, newRecord) throws(StoreError) in
        let old = Columns.values(oldRow, oldRecord)
        try update(newRow, from: old, to: Columns.values(newRow, newRecord))
        try identities.remove(oldRow)
        try identities.add(newRow)
        addToCounts(oldRow, -1)
        addToCounts(newRow, 1)
        if isIndexing { try trigrams.replace(oldRow, with: newRow) }
      }
    }
  }

  private func update(
    _ row: UserView, from old: [ColumnValue], to new: [ColumnValue]
  ) throws(StoreError) {
    let changed = new.indices.filter { old[$0] != new[$0] }
    if updateStatements.count == Self.updateStatementsMax { updateStatements.removeAll() }
    let statement = try connection.prepare(
      once: &updateStatements[changed], Self.update(of: changed))
    for (at, column) in changed.enumerated() {
      Columns.bind(column, new[column], of: row.id, statement, at: Int32(at + 1))
    }
    statement.bind(Int32(changed.count + 1), row.id.key)
    try statement.run()
  }

  func remove(_ user: PackedUser) throws(StoreError) {
    try user.withRow { (row) throws(StoreError) in
      let statement = try connection.prepare(
        once: &deleteStatement, "DELETE FROM users WHERE key = ?")
      statement.bind(1, row.id.key)
      try statement.run()
      try identities.remove(row)
      addToCounts(row, -1)
      if isIndexing { try trigrams.remove(row) }
    }
  }

  private static var insertion: String {
    let marks = Columns.all.map { _ in "?" }.joined(separator: ", ")
    return "INSERT INTO users (\(Columns.all.joined(separator: ", "))) VALUES (\(marks))"
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
      try trigrams.flush()
      try flushCounts()
    } catch {
      failure = error
      throw error
    }
  }

  /// Call this once at the end of a transaction, after `flush`. Adds at most `limit` accounts to the
  /// trigram index.
  func finish(indexing limit: Int64) throws(StoreError) {
    newest = nil
    try trigrams.addNewest(atMost: limit)
  }

  /// Call this after a rollback.
  func dropPending() {
    counts.removeAll()
    failure = nil
  }

  /// Call this after a rollback, or when another process may have written.
  func forget() {
    newest = nil
    identities.forget()
    trigrams.forget()
  }

  private func flushCounts() throws(StoreError) {
    if counts.isEmpty { return }
    let statement = try connection.prepare(
      once: &countStatement,
      """
      INSERT INTO counts VALUES (?, ?, ?)
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
  func indexAll() throws(StoreError) { try trigrams.addAll() }
}
