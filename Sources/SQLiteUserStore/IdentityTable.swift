internal import Users

/// The emails and chosen usernames that differ from their `IdentityKey`, under their keys. Most
/// stores have no such names. All other names are found by their stored text.
final class IdentityTable {
  enum Kind: Int64 {
    case email = 0
    case username = 1
  }

  private let connection: Connection
  private var statements: FixedStatements<SQL>
  /// Whether the table has rows; nil if not read yet.
  private var isUsed: Bool?

  private enum SQL: String {
    case any = "SELECT 1 FROM identities LIMIT 1"
    case add = "INSERT INTO identities (kind, identity, user_key) VALUES (?, ?, ?)"
    case remove = "DELETE FROM identities WHERE kind = ? AND identity = ? AND user_key = ?"
    case find = """
      SELECT key, record, email, username, organization_id FROM users
        WHERE key IN (SELECT user_key FROM identities WHERE kind = ? AND identity = ?)
          AND deleted_at IS NULL
      """
    case findEmail = """
      SELECT key, record, email, username, organization_id FROM users
        WHERE key IN (
          SELECT key FROM users WHERE email = ?2 AND deleted_at IS NULL
          UNION ALL SELECT user_key FROM identities WHERE kind = ?1 AND identity = ?2)
          AND deleted_at IS NULL
      """
  }

  init(_ connection: Connection) {
    self.connection = connection
    statements = FixedStatements(connection)
  }

  /// Call this when another process may have written.
  func forget() { isUsed = nil }

  func add(_ row: UserView) throws(StoreError) {
    try enter(row) { (kind, key) throws(StoreError) in
      isUsed = true
      try run(.add, kind, key, row.id)
    }
  }

  func remove(_ row: UserView) throws(StoreError) {
    try enter(row) { (kind, key) throws(StoreError) in try run(.remove, kind, key, row.id) }
  }

  private func run(_ sql: SQL, _ kind: Kind, _ key: String, _ id: UserID) throws(StoreError) {
    let statement = try statements(sql)
    bind(statement, kind, key)
    statement.bind(3, id.key)
    try statement.run()
  }

  private func bind(_ statement: Statement, _ kind: Kind, _ key: String) {
    statement.bind(1, kind.rawValue)
    statement.bind(2, copying: key)
  }

  /// Calls `body` for each name of an account that belongs in this table.
  private func enter(
    _ row: UserView, _ body: (Kind, String) throws(StoreError) -> Void
  ) throws(StoreError) {
    if let email = row.email, let key = Self.key(of: email) { try body(.email, key) }
    if let username = row.username, let key = Self.key(of: username) { try body(.username, key) }
  }

  /// nil for a text that is its own key.
  static func key(of text: BorrowedText) -> String? {
    if IdentityKey.isOwnKey(text.bytes) { return nil }
    let stored = text.string
    let key = IdentityKey.of(stored)
    return key == stored ? nil : key
  }

  /// Whether an account other than `user` has an entry with this key.
  func isTaken(_ kind: Kind, _ key: String, by user: Int64) throws(StoreError) -> Bool {
    guard try isInUse() else { return false }
    var isTaken = false
    try find(.find, kind, key) { if $0.id.key != user { isTaken = true } }
    return isTaken
  }

  /// Whether another account without a chosen username has an email with this key in another
  /// spelling.
  func isDefaultUsername(_ key: String, besides user: Int64) throws(StoreError) -> Bool {
    guard try isInUse() else { return false }
    var isTaken = false
    try find(.find, .email, key) { if $0.id.key != user, !$0.hasUsername { isTaken = true } }
    return isTaken
  }

  private func isInUse() throws(StoreError) -> Bool {
    if let isUsed { return isUsed }
    let statement = try statements(.any)
    defer { statement.reset() }
    let isFound = try statement.step()
    isUsed = isFound
    return isFound
  }

  /// The only account in the scope that has this email in some spelling; nil if none or several
  /// have it.
  func holder(ofEmail spelled: String, within scope: Scope) throws(StoreError) -> UserID? {
    let key = IdentityKey.of(spelled)
    if key == spelled, try !isInUse() { return nil }
    var found: [UserID] = []
    try find(.findEmail, .email, key) { holder in
      if scope.reaches(holder.id, organization: holder.organization) { found.append(holder.id) }
    }
    return found.count == 1 ? found[0] : nil
  }

  private struct Holder {
    let id: UserID
    let hasUsername: Bool
    let organization: BorrowedText?
  }

  private func find(
    _ sql: SQL, _ kind: Kind, _ key: String, _ body: (Holder) -> Void
  ) throws(StoreError) {
    let statement = try statements(sql)
    defer { statement.reset() }
    bind(statement, kind, key)
    while try statement.step() {
      // A damaged index may lead to any account.
      guard let text = statement.text(kind == .email ? 2 : 3), IdentityKey.of(text.string) == key
      else { throw .corrupt("an index points to the wrong account") }
      body(
        Holder(
          id: Columns.id(statement),
          hasUsername: statement.text(3) != nil, organization: statement.text(4)))
    }
  }
}
