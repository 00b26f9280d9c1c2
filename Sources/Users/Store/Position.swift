/// A position in a sorted list: the account's value of the sort field, then the key of its id.
public struct Position: Equatable, Sendable {
  /// Empty if the value is a number.
  public var text: String
  /// 0 if the value is a text.
  public var number: Int64
  public var key: Int64

  init(text: String, number: Int64, key: Int64) {
    self.text = text
    self.number = number
    self.key = key
  }

  /// The position of `row` in a list sorted by `sort`.
  public init(of row: UserView, by sort: SortKey) {
    text = ""
    number = 0
    key = row.id.key
    switch sort {
    case .createdAt: break
    case .email: text = row.email?.string ?? Self.noEmail(row.id)
    case .name: text = Self.text(row.searchName.string, row.email?.string ?? Self.noEmail(row.id))
    case .updatedAt: number = row.updatedAt.milliseconds
    }
  }

  /// The sort text of a name: names sort first, then emails. Neither contains the separator.
  private static func text(_ name: String, _ email: String) -> String { name + "\n" + email }

  /// The name and the email of that text.
  public var nameAndEmail: (name: String, email: String) {
    let parts = text.utf8.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
    return (String(parts[0]) ?? "", parts.count > 1 ? String(parts[1]) ?? "" : "")
  }

  /// The sort text of accounts without an email. No email contains a space, so they come before all
  /// emails, in the order of their ids.
  public static func noEmail(_ id: UserID) -> String { " " + id.text }
}

extension Position: Comparable {
  public static func < (one: Position, other: Position) -> Bool {
    if one.number != other.number { return one.number < other.number }
    // In the order of bytes, as in SQLite; the order of String normalizes.
    if one.text.utf8.elementsEqual(other.text.utf8) { return one.key < other.key }
    return one.text.utf8.lexicographicallyPrecedes(other.text.utf8)
  }
}
