import Contract
import JSON

/// Reads CSV (RFC 4180) whose first row names the members; each further row becomes a JSON object.
///
/// An empty cell is absent. Lists are separated by semicolons, or JSON; metadata is JSON.
struct CSVReader {
  private let fields: [Field]
  private var names: [String]?
  /// Cells of a row whose quotes are still open, and the line that it began on.
  private var open: (text: String, line: Int)?

  init(fields: [Field]) { self.fields = fields }

  /// Takes a line; gives a row when one is complete.
  mutating func row(
    _ line: UnsafeBufferPointer<UInt8>?, _ number: Int, _ isAtEnd: Bool
  ) throws -> (line: Int, json: String)? {
    guard let line else {
      guard let open else { return nil }
      self.open = nil
      throw CommandError("line \(open.line): a quote is never closed", "Check the file.")
    }
    var text = String(decoding: line, as: UTF8.self)
    let first = open?.line ?? number
    if let open { text = open.text + "\n" + text }
    guard let cells = Self.cells(text) else {
      open = (text, first)
      return nil
    }
    open = nil
    guard let names else {
      self.names = try header(cells)
      return nil
    }
    if cells.allSatisfy(\.isEmpty) { return nil }
    return (first, object(names, cells))
  }

  private func header(_ cells: [String]) throws -> [String] {
    let known = fields.flatMap { [$0.name] + ($0.alias.map { [$0] } ?? []) }
    var names = cells
    // Spreadsheets like to begin a file with a byte order mark.
    if let first = names.first, first.unicodeScalars.first == "\u{FEFF}" {
      names[0] = String(first.unicodeScalars.dropFirst())
    }
    for name in names where !known.contains(name) {
      let nearest = Spelling.nearest(to: name, in: known).map { "; did you mean \($0)?" } ?? ""
      throw CommandError(
        "the first row names \(name), which is not a member of a user\(nearest)",
        "It must name the columns: email, name, org_id …")
    }
    return names
  }

  /// nil while a quote is open.
  private static func cells(_ text: String) -> [String]? {
    var cells = [""]
    var isQuoted = false
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      if isQuoted {
        if scalar != "\"" {
          cells[cells.count - 1].unicodeScalars.append(scalar)
        } else if scalars.first == "\"" {
          scalars.removeFirst()
          cells[cells.count - 1].unicodeScalars.append(scalar)
        } else {
          isQuoted = false
        }
      } else if scalar == "\"" {
        isQuoted = true
      } else if scalar == "," {
        cells.append("")
      } else {
        cells[cells.count - 1].unicodeScalars.append(scalar)
      }
    }
    return isQuoted ? nil : cells
  }

  private func object(_ names: [String], _ cells: [String]) -> String {
    var out = ByteBuffer()
    out.append("{")
    for (at, cell) in cells.enumerated() where !cell.isEmpty {
      // A cell beyond the names is refused like an unknown member.
      out.member(at < names.count ? names[at] : "column \(at + 1)")
      let shape = fields.first {
        at < names.count && ($0.name == names[at] || $0.alias == names[at])
      }
      write(cell, shape?.shape ?? .string(), &out)
    }
    out.append("}")
    return out.string
  }

  private func write(_ cell: String, _ shape: Shape, _ out: inout ByteBuffer) {
    switch shape {
    case .nullable(let inner), .secret(let inner): write(cell, inner, &out)
    case .boolean where cell == "true" || cell == "false", .integer where Int(cell) != nil:
      out.append(text: cell)
    case .array where cell.first != "[":
      cell.split(separator: ";").map(String.init).write(into: &out)
    case .array, .map:
      if let json = cell.compactJSON { out.append(text: json) } else { out.write(cell) }
    default: out.write(cell)
    }
  }
}

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
    let isPlain = !entries.isEmpty && entries[0].first != "["
    return isPlain && !entries.contains { $0.contains(";") }
      ? entries.joined(separator: ";") : value.compact
  }

  private static func quoted(_ cell: String) -> String {
    let needsQuotes = cell.unicodeScalars.contains {
      $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r"
    }
    return needsQuotes ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
  }
}
