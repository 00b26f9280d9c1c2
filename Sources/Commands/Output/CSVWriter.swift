import Contract
import JSON

/// Writes records as CSV.
struct CSVWriter {
  let form: ExportForm

  private var mark: String { String(Unicode.Scalar(form.delimiter)) }

  /// One line without its end.
  func line(_ cells: [String]) -> String {
    cells.map { quoted(shown($0)) }.joined(separator: mark)
  }

  func line(of record: JSONValue) -> String { line(record.fields.map { cell($0.value) }) }

  private func cell(_ value: JSONValue) -> String {
    switch value.kind {
    case .null: ""
    case .string: EscapedText.written(value.string ?? "")
    case .array: list(value.elements.map { $0.string ?? "" }, value)
    case .object: value.count == 0 ? "" : value.compact
    default: value.compact
    }
  }

  /// A list that can't be written with semicolons is written as JSON.
  private func list(_ entries: [String], _ value: JSONValue) -> String {
    let isPlain = !entries.isEmpty && !entries[0].begins(with: "[")
    return isPlain && !entries.contains { $0.holds(";") || EscapedText.written($0) != $0 }
      ? entries.joined(separator: ";") : value.compact
  }

  /// Marks the cell as text if a spreadsheet would run it as a formula.
  private func shown(_ cell: String) -> String {
    guard !form.isPlain, let first = cell.utf8.first, SpreadsheetText.isRun(first) else {
      return cell
    }
    return "'" + cell
  }

  private func quoted(_ cell: String) -> String {
    let needsQuotes = cell.unicodeScalars.contains { scalar in
      switch scalar {
      case "\"", "\n", "\r": true
      default: scalar.value == UInt32(form.delimiter)
      }
    }
    return needsQuotes ? "\"" + cell.replacingScalar("\"", by: "\"\"") + "\"" : cell
  }
}
