import JSON

extension JSONValue {
  /// The value as text for people.
  fileprivate var cell: String {
    switch kind {
    case .null: ""
    case .string: string ?? ""
    case .array: elements.map(\.cell).joined(separator: ", ")
    default: compact
    }
  }
}

/// A table of records for a terminal.
struct Table {
  private static let userColumns: [StaticString] = [
    "email", "name", "organization_id", "roles", "status", "id",
  ]
  private static let tokenColumns: [StaticString] = [
    "id", "name", "scopes", "expires_at", "last_used", "kind",
  ]

  let text: String

  /// The tokens of an account.
  init(tokens: JSONValue) {
    text = Self.lines(of: tokens, Self.tokenColumns).joined(separator: "\n")
  }

  /// A page of users; nil if `result` is something else.
  init?(_ result: JSONValue) {
    guard let users = result.field("users") else { return nil }
    var text = Self.lines(of: users, Self.userColumns)
    let total = result.field("total").map { " of \($0.compact)" } ?? ""
    text.append("\(users.count)\(total) users")
    if let cursor = result.field("next_cursor")?.string { text.append("more: cursor=\(cursor)") }
    self.text = text.joined(separator: "\n")
  }

  /// One line with the names of the columns, and one for each record.
  private static func lines(of records: JSONValue, _ columns: [StaticString]) -> [String] {
    let rows = records.elements.map { record in columns.map { record.field($0)?.cell ?? "" } }
    let lines = [columns.map(\.description)] + rows
    let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        .joined(separator: "  ")
    }
  }
}
