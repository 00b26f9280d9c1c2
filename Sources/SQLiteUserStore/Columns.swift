internal import Users

/// Accounts as rows of the table `users`.
enum Columns {
  /// In the order of `values`.
  static let all = [
    "key", "flags", "updated_at", "deleted_at", "last_login", "organization_id", "search_name",
    "email", "search_email", "username", "roles", "auto_groups", "oauth_provider", "oauth_id",
    "record",
  ]

  /// What `row` needs.
  static let list = "key, record"

  private static let email = 7
  private static let usualRoles = BorrowedTextList.pack([RoleName.member])

  /// Reads the statement's current row, whose first columns are `list`.
  @inline(__always)
  static func row(_ s: Statement) throws(StoreError) -> UserView {
    guard let row = PackedRecord.read(s.bytes(1), key: s.int(0)) else {
      throw .corrupt("an account does not match its checksum")
    }
    return row
  }

  /// Whether `scope` reaches the statement's current row, whose columns are those of
  /// `recordAndOrganization`. Works for damaged records.
  @inline(__always)
  static func isReached(_ s: Statement, by scope: Scope) -> Bool {
    scope == .all || scope.reaches(id(s), organization: s.text(2))
  }

  /// The id of an account by the statement's first columns, which are `list`; also if the account
  /// is damaged.
  @inline(__always)
  static func id(_ s: Statement) -> UserID { PackedRecord.id(in: s.bytes(1), key: s.int(0)) }

  /// The values for the columns of `all`, in their order.
  static func values(_ row: UserView, _ record: UnsafeBufferPointer<UInt8>) -> [ColumnValue] {
    let roles = row.roles.bytes
    let hasUsualRoles = BorrowedText(roles).equals(usualRoles)
    return [
      .number(row.id.key), .number(Int64(row.flags.rawValue)),
      .number(row.updatedAt.milliseconds), .number(row.deletedAt?.milliseconds),
      .number(row.lastLogin?.milliseconds), .text(row.organizationID?.bytes),
      .text(row.searchName.bytes), .text(row.email?.bytes), .text(searchEmail(of: row)),
      .text(row.username?.bytes), .text(hasUsualRoles ? nil : roles),
      .text(row.autoGroups.bytes.isEmpty ? nil : row.autoGroups.bytes),
      .text(row.oauthProvider?.bytes), .text(row.oauthID?.bytes), .blob(record),
    ]
  }

  /// Whether the statement's columns, from `first` on in the order of `all`, hold these values.
  static func agree(
    _ s: Statement, from first: Int32, with row: UserView, _ record: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    values(row, record).enumerated().allSatisfy { (column, value) in
      let at = first + Int32(column)
      switch value {
      case .number(let number): return s.optionalInt(at) == number
      case .text(nil) where column == email:
        return s.text(at)?.equals(Position.noEmail(row.id)) ?? false
      case .text(let text):
        return s.isNull(at) ? text == nil : text.map(s.bytes(at).elementsEqual) ?? false
      case .blob(let bytes): return s.bytes(at).elementsEqual(bytes)
      }
    }
  }

  private static func searchEmail(of row: UserView) -> UnsafeBufferPointer<UInt8>? {
    // The column `email` then holds the id, which must not be found.
    row.email == nil ? BorrowedText.empty.bytes : row.searchEmail?.bytes
  }

  /// Binds one of the columns to the parameter `at`; the row's texts are borrowed.
  static func bind(_ column: Int, _ value: ColumnValue, of id: UserID, _ s: Statement, at: Int32) {
    switch value {
    case .text(nil) where column == email: s.bind(at, copying: Position.noEmail(id))
    case .number(let number): s.bind(at, number)
    case .text(let text): s.bind(at, borrowing: text)
    case .blob(let bytes): s.bind(at, borrowingBlob: bytes)
    }
  }
}
