/// Cells that a spreadsheet would run as a formula are shown to it as text, by a `'` before them.
enum SpreadsheetText {
  static let mark = UInt8(ascii: "'")

  /// Whether a cell that begins so is marked.
  static func isRun(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), 0x09, 0x0D,
      mark:
      true
    default: false
    }
  }
}
