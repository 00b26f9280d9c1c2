import Contract
import JSON

/// Writes records as CSV.
enum CSVWriter {
  static func header(_ names: [String]) -> String { names.joined(separator: ",") + "\n" }

  static func row(_ record: JSONValue) -> String {
    record.members.map { quoted(cell($0.value)) }.joined(separator: ",") + "\n"
  }

  private static func cell(_ value: JSONValue) -> String {
    switch value.kind {
    case .null: ""
    case .string: value.string ?? ""
    case .array: list(value.elements.map { $0.string ?? "" }, value)
    case .object: value.count == 0 ? "" : value.compact
    default: value.compact
    }
  }

  /// A list that can't be said with semicolons is JSON.
  private static func list(_ entries: [String], _ value: JSONValue) -> String {
    let isPlain = !entries.isEmpty && !entries[0].begins(with: "[")
    return isPlain && !entries.contains { $0.holds(";") }
      ? entries.joined(separator: ";") : value.compact
  }

  private static func quoted(_ cell: String) -> String {
    let needsQuotes = cell.unicodeScalars.contains {
      $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r"
    }
    return needsQuotes ? "\"" + cell.replacing("\"", by: "\"\"") + "\"" : cell
  }
}
