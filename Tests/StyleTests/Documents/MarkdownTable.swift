/// A table as Markdown writes it: one line a row.
struct MarkdownTable {
  let columns: [String]
  let rows: [[String]]

  init(columns: [String], rows: [[String]]) {
    self.columns = columns
    self.rows = rows
  }

  init(_ columns: String..., rows: [[String]]) { self.init(columns: columns, rows: rows) }

  /// The lines of the table, each with its end.
  var text: String {
    let rule = columns.map { _ in "---" }
    return ([columns, rule] + rows).map { "| \($0.map(Self.cell).joined(separator: " | ")) |\n" }
      .joined()
  }

  /// A bar would end the cell, in code too.
  private static func cell(_ text: String) -> String {
    text.replacing("|", with: "\\|").replacing("\n", with: " ")
  }
}

extension String {
  /// As code in Markdown.
  var asCode: String { "`\(self)`" }

  /// As text in Markdown that shows what it holds.
  var asText: String {
    var text = ""
    for character in self {
      if "<*`\\".contains(character) { text.append("\\") }
      text.append(character)
    }
    return text
  }
}
