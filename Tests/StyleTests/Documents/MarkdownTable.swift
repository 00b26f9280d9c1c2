/// A table in Markdown, with one line for each row.
struct MarkdownTable {
  let columns: [String]
  let rows: [[String]]

  init(columns: [String], rows: [[String]]) {
    self.columns = columns
    self.rows = rows
  }

  init(_ columns: String..., rows: [[String]]) { self.init(columns: columns, rows: rows) }

  /// The lines of the table, each with a line feed.
  var text: String {
    let rule = columns.map { _ in "---" }
    return ([columns, rule] + rows).map { "| \($0.map(Self.cell).joined(separator: " | ")) |\n" }
      .joined()
  }

  /// Escapes bars, which would end the cell even in code.
  private static func cell(_ text: String) -> String {
    text.replacing("|", with: "\\|").replacing("\n", with: " ")
  }
}

extension String {
  /// The text as code in Markdown.
  var asCode: String { "`\(self)`" }

  /// The text, escaped so that Markdown shows it as it is.
  var asText: String {
    var text = ""
    for character in self {
      if "<*`\\".contains(character) { text.append("\\") }
      text.append(character)
    }
    return text
  }
}
