internal import Users

/// Accounts as rows of the table `users`.
enum Columns {
  /// In the order of `list`; the last one, `seal`, holds the checksum.
  static let all = UserView.columnNames + ["seal"]

  static let list = all.joined(separator: ", ")

  private static let organization = index(of: "organization_id")
  private static let email = Int(index(of: "email"))

  private static func index(of column: String) -> Int32 {
    Int32(UserView.columnNames.firstIndex(of: column) ?? 0)
  }

  private static let space = UInt8(ascii: " ")

  /// Whether `scope` reaches the statement's current row. Reads only its id and organization.
  @inline(__always)
  static func isReached(_ s: Statement, by scope: Scope) -> Bool {
    if scope == .all { return true }
    let id = UserID(key: s.int(0), tail: s.int(1))
    return scope.reaches(id, organization: s.text(organization))
  }

  /// Reads the statement's current row, whose columns are `list`.
  @inline(__always)
  static func row(_ s: Statement) throws(StoreError) -> UserView {
    var row = UserView.blank
    var reader = RowReader(statement: s)
    row.columns(&reader)
    // The placeholder for a missing email (see `Position.noEmail`).
    if row.email?.bytes.first == space { row.email = nil }
    if row.checksum != s.int(reader.at) { throw .corrupt("an account does not match its checksum") }
    return row
  }

  /// The values for the columns of `all`, in their order.
  static func values(of row: UserView) -> [ColumnValue] {
    row.columnValues + [.number(row.checksum)]
  }

  /// Binds one of the columns to the parameter `at`; the row's texts are borrowed.
  static func bind(_ column: Int, _ value: ColumnValue, of id: UserID, _ s: Statement, at: Int32) {
    switch value {
    case .text(nil) where column == email: s.bind(at, copying: Position.noEmail(id))
    case .number(let number): s.bind(at, number)
    case .text(let text): s.bind(at, borrowing: text)
    }
  }
}

/// Reads a row column by column.
private struct RowReader: ColumnVisitor {
  let statement: Statement
  var at: Int32 = 0

  @inline(__always)
  mutating func id(_ value: inout UserID) {
    value = UserID(key: statement.int(0), tail: statement.int(1))
    at = 2
  }

  @inline(__always)
  mutating func column<T: NumberColumn>(_ name: StaticString, _ value: inout T) {
    // Testing for null takes another call, so it is done only for optional columns.
    value = T(column: T.canBeNil ? statement.optionalInt(at) : statement.int(at))
    at &+= 1
  }

  @inline(__always)
  mutating func column<T: TextColumn>(_ name: StaticString, _ value: inout T) {
    value = T(column: statement.text(at)?.bytes)
    at &+= 1
  }
}
