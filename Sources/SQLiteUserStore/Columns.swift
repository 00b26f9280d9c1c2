internal import Users

/// The columns of `users`, in the order in which rows are read and written.
enum Columns {
  static let all = [
    "key", "tail", "email", "name", "username", "organization_id", "roles", "flags", "avatar_url",
    "company", "job_title", "metadata", "auto_groups", "oauth_provider", "oauth_id", "last_login",
    "updated_at", "deleted_at", "version", "search", "seal",
  ]

  static let list = all.joined(separator: ", ")

  private static let space = UInt8(ascii: " ")

  /// Whether `scope` reaches the row that a statement stands on, of which nothing else is looked at.
  @inline(__always)
  static func isReached(_ s: Statement, by scope: Scope) -> Bool {
    if scope == .all { return true }
    return scope.reaches(UserID(key: s.int(0), tail: s.int(1)), organization: s.text(5))
  }

  /// Reads the row that a statement stands on, whose columns are `list`.
  @inline(__always)
  static func row(_ s: Statement) throws(StoreError) -> UserRow {
    var row = UserRow(
      id: UserID(key: s.int(0), tail: s.int(1)), name: Text(s.bytes(3)),
      flags: UserFlags(rawValue: Int(s.int(7))), updatedAt: Timestamp(milliseconds: s.int(16)),
      version: Int(s.int(18)))
    let email = s.bytes(2)
    row.email = email.first == space ? nil : Text(email)
    row.username = s.text(4)
    row.organizationID = s.text(5)
    row.roles = TextList(packed: s.bytes(6))
    row.avatarURL = s.text(8)
    row.company = s.text(9)
    row.jobTitle = s.text(10)
    row.metadata = s.text(11).map { RawObject($0.bytes) }
    row.autoGroups = TextList(packed: s.bytes(12))
    row.oauthProvider = s.text(13)
    row.oauthID = s.text(14)
    row.lastLogin = s.optionalInt(15).map { Timestamp(milliseconds: $0) }
    row.deletedAt = s.optionalInt(17).map { Timestamp(milliseconds: $0) }
    row.search = Text(s.bytes(19))
    if row.seal != s.int(20) { throw .corrupt("an account is not as it was written") }
    return row
  }

  /// Binds one column to the parameter `at`; the row's texts are borrowed.
  static func bind(_ column: Int, _ row: UserRow, _ s: Statement, at: Int32) {
    if column == 2, row.email == nil { return s.bind(at, copying: Position.noEmail(row.id)) }
    switch value(column, row) {
    case .number(let number): s.bind(at, number)
    case .text(let text): s.bind(at, borrowing: text)
    }
  }

  private enum Value {
    case number(Int64?)
    case text(UnsafeBufferPointer<UInt8>?)
  }

  private static func value(_ column: Int, _ row: UserRow) -> Value {
    switch column {
    case 0: .number(row.id.key)
    case 1: .number(row.id.tail)
    case 2: .text(row.email?.bytes)
    case 3: .text(row.name.bytes)
    case 4: .text(row.username?.bytes)
    case 5: .text(row.organizationID?.bytes)
    case 6: .text(row.roles.bytes)
    case 7: .number(Int64(row.flags.rawValue))
    case 8: .text(row.avatarURL?.bytes)
    case 9: .text(row.company?.bytes)
    case 10: .text(row.jobTitle?.bytes)
    case 11: .text(row.metadata?.bytes)
    case 12: .text(row.autoGroups.bytes.isEmpty ? nil : row.autoGroups.bytes)
    case 13: .text(row.oauthProvider?.bytes)
    case 14: .text(row.oauthID?.bytes)
    case 15: .number(row.lastLogin?.milliseconds)
    case 16: .number(row.updatedAt.milliseconds)
    case 17: .number(row.deletedAt?.milliseconds)
    case 18: .number(Int64(row.version))
    case 19: .text(row.search.bytes)
    default: .number(row.seal)
    }
  }

  /// The columns whose values differ.
  static func changed(_ old: UserRow, _ new: UserRow) -> [Int] {
    all.indices.filter { column in
      switch (value(column, old), value(column, new)) {
      case (.number(let before), .number(let after)): before != after
      case (.text(let before), .text(let after)): !isEqual(before, after)
      default: true
      }
    }
  }

  private static func isEqual(
    _ one: UnsafeBufferPointer<UInt8>?, _ other: UnsafeBufferPointer<UInt8>?
  ) -> Bool {
    guard let one, let other else { return one == nil && other == nil }
    return one.elementsEqual(other)
  }
}
