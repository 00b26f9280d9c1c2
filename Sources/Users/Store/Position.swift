/// A place in a sorted list: the sorted-by value of an account, then its id's key.
public struct Position: Equatable, Sendable {
  /// Empty where the value is a number.
  public var text: String
  /// 0 where the value is a text.
  public var number: Int64
  public var key: Int64

  init(text: String, number: Int64, key: Int64) {
    self.text = text
    self.number = number
    self.key = key
  }

  /// Where `row` stands in a list sorted by `sort`.
  public init(of row: UserRow, by sort: SortKey) {
    text = ""
    number = 0
    key = row.id.key
    switch sort {
    case .createdAt: break
    case .email: text = row.email?.string ?? Self.noEmail(row.id)
    case .name: text = row.search.string
    case .updatedAt: number = row.updatedAt.milliseconds
    }
  }

  /// What accounts without an email sort by: before all emails, which hold no space, in the order
  /// of their ids.
  public static func noEmail(_ id: UserID) -> String { " " + id.text }
}

extension Position: Comparable {
  public static func < (one: Position, other: Position) -> Bool {
    if one.number != other.number { return one.number < other.number }
    // In the order of bytes, as SQLite compares; String's own order normalizes.
    if one.text.utf8.elementsEqual(other.text.utf8) { return one.key < other.key }
    return one.text.utf8.lexicographicallyPrecedes(other.text.utf8)
  }
}
