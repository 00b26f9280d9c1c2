import JSON

extension String {
  /// This text as JSON without white space; nil if it is none.
  var compactJSON: String? {
    var text = self
    return text.withUTF8 { bytes in
      var parser = JSONParser()
      do { return try parser.parse(bytes).compact } catch { return nil }
    }
  }
}

extension JSONValue {
  /// Without white space between tokens.
  var compact: String {
    var out = ByteBuffer()
    out.append(compact: self)
    return out.string
  }

  /// One member or element a line.
  func indented(_ depth: Int = 0) -> String {
    let inner = String(repeating: "  ", count: depth + 1)
    let outer = String(repeating: "  ", count: depth)
    switch kind {
    case .object where count > 0:
      let lines = members.map { "\(inner)\($0.key.compact): \($0.value.indented(depth + 1))" }
      return "{\n\(lines.joined(separator: ",\n"))\n\(outer)}"
    case .array where depth == 0 && count > 0:
      let lines = elements.map { "\(inner)\($0.indented(depth + 1))" }
      return "[\n\(lines.joined(separator: ",\n"))\n\(outer)]"
    default: return compact
    }
  }

  /// As a person reads it in a cell.
  fileprivate var cell: String {
    switch kind {
    case .null: ""
    case .string: string ?? ""
    case .array: elements.map(\.cell).joined(separator: ", ")
    default: compact
    }
  }
}

/// Records for a terminal.
struct Table {
  private static let userColumns: [StaticString] = [
    "email", "name", "organization_id", "roles", "status", "id",
  ]
  private static let tokenColumns: [StaticString] = [
    "id", "name", "scopes", "expires_at", "last_used",
  ]

  let text: String

  /// Those of an account.
  init(tokens: JSONValue) {
    text = Self.lines(of: tokens, Self.tokenColumns).joined(separator: "\n")
  }

  /// A page of users; nil unless `result` is one.
  init?(_ result: JSONValue) {
    guard let users = result.member("users") else { return nil }
    var text = Self.lines(of: users, Self.userColumns)
    let total = result.member("total").map { " of \($0.compact)" } ?? ""
    text.append("\(users.count)\(total) users")
    if let cursor = result.member("next_cursor")?.string { text.append("more: cursor=\(cursor)") }
    self.text = text.joined(separator: "\n")
  }

  /// A line with the names of the columns, and one for each record.
  private static func lines(of records: JSONValue, _ columns: [StaticString]) -> [String] {
    let rows = records.elements.map { record in columns.map { record.member($0)?.cell ?? "" } }
    let lines = [columns.map(\.description)] + rows
    let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        .joined(separator: "  ")
    }
  }
}
