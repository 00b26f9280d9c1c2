import Contract
import JSON

/// Reads CSV (RFC 4180) whose first row names the members; each further row becomes a JSON object.
///
/// An empty cell is absent. Lists are separated by semicolons, or JSON; metadata is JSON.
struct CSVReader {
  /// A row with more is none: a quote in it was never closed.
  private static let rowBytesMax = 1 << 20

  private let path: String
  private let fields: [Field]
  private var names: [String]?
  /// The row that is being read; its last cell may still be open.
  private var cells: [String] = []
  private var isQuoted = false
  /// The line that the row began on.
  private var first = 0
  private var rowBytes = 0

  init(path: String, fields: [Field]) {
    self.path = path
    self.fields = fields
  }

  /// Takes a line; gives a row when one is complete.
  mutating func row(
    _ line: UnsafeBufferPointer<UInt8>?, _ number: Int, _ isAtEnd: Bool
  ) throws -> (line: Int, json: String)? {
    guard let line else {
      if isQuoted { throw unclosed() }
      return nil
    }
    if isQuoted {
      cells[cells.count - 1] += "\n"
    } else {
      (cells, first, rowBytes) = ([""], number, 0)
    }
    rowBytes += line.count + 1
    if rowBytes > Self.rowBytesMax { throw unclosed() }
    read(String(decoding: line, as: UTF8.self))
    if isQuoted { return nil }
    guard let names else {
      self.names = try header(cells)
      return nil
    }
    if cells.allSatisfy(\.isEmpty) { return nil }
    return (first, object(names, cells))
  }

  private func unclosed() -> CommandError {
    CommandError(
      "\(path):\(first): the row that begins here has a quote that is not closed within "
        + "\(Self.rowBytesMax) bytes",
      "Close it, and run this again: what stands before this row is in the store.")
  }

  /// Goes on with the row.
  private mutating func read(_ line: String) {
    var cell = cells.removeLast().unicodeScalars
    var scalars = line.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      if isQuoted {
        if scalar != "\"" {
          cell.append(scalar)
        } else if scalars.first == "\"" {
          scalars.removeFirst()
          cell.append(scalar)
        } else {
          isQuoted = false
        }
      } else if scalar == "\"" {
        isQuoted = true
      } else if scalar == "," {
        cells.append(String(cell))
        cell.removeAll()
      } else {
        cell.append(scalar)
      }
    }
    cells.append(String(cell))
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
        "\(path):\(first): the first row names \(name), which is not a member of a user\(nearest)",
        "It must name the columns: email, name, org_id …")
    }
    return names
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
    case .array where !cell.begins(with: "["):
      cell.words(at: ";").write(into: &out)
    case .array, .map:
      if let json = cell.compactJSON { out.append(text: json) } else { out.write(cell) }
    default: out.write(cell)
    }
  }
}
