import Contract
import JSON

/// Writes cells as values of an account's columns. A cell that can't be converted is written
/// unchanged, and validation of the record refuses it.
extension ByteBuffer {
  mutating func write(field column: Field, _ cell: Cell) {
    field(column.name)
    if column.name == "status" { return write(StatusWord.read(cell.string)) }
    if column.name == "is_blocked", let isBlocked = BanWord.read(cell.string) {
      return write(isBlocked)
    }
    write(cell, as: column.schema)
  }

  mutating func write(_ cell: Cell, as schema: Schema) {
    switch schema {
    case .nullable(let inner), .secret(let inner): write(cell, as: inner)
    case .boolean: write(cell, as: .boolean, FlagWord.read(cell.string)?.description)
    case .integer: write(cell, as: .integer(0...0), Int(cell.string)?.description)
    case .array: writeList(cell)
    case .freeObject: write(cell, as: .freeObject, cell.string.compactJSON)
    case .enumeration: write(cell.string.lowercased())
    case .string(_, _, format: "date-time"): write(TimeWord.read(cell.string))
    default: writeText(cell)
    }
  }

  /// Writes a cell of JSON as that value, and any other cell as a string.
  mutating func write(value cell: Cell) {
    if case .json(let value) = cell { append(compact: value) } else { write(cell.string) }
  }

  private mutating func write(_ cell: Cell, as schema: Schema, _ json: String?) {
    if let json { append(text: json) } else { writeText(cell) }
  }

  private mutating func writeText(_ cell: Cell) {
    switch cell {
    case .bytes(let bytes): write(utf8: bytes)
    case .text(let text): write(text)
    case .json(let value) where value.kind == .array || value.kind == .object:
      append(compact: value)
    case .json: write(cell.string)
    }
  }

  /// Reads entries separated by semicolons, or a JSON array.
  private mutating func writeList(_ cell: Cell) {
    if case .json(let value) = cell, value.kind == .array { return append(compact: value) }
    let text = cell.string
    if text.begins(with: "["), let json = text.compactJSON { return append(text: json) }
    text.words(at: ";").write(into: &self)
  }
}
