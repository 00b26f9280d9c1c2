/// A `'` at the start of a cell keeps a spreadsheet from running the cell as a formula.
enum SpreadsheetText {
  static let mark = UInt8(ascii: "'")

  /// Whether a cell that begins with this byte needs the mark.
  static func isRun(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), 0x09, 0x0D,
      mark:
      true
    default: false
    }
  }
}
