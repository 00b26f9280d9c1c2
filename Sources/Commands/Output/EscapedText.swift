import JSON

/// Cells of CSV that contain U+0085, U+2028 or U+2029, where many readers end a line: they are
/// written as JSON strings, and so are cells that look like such a string.
enum EscapedText {
  private static let marks: Set<Unicode.Scalar> = ["\u{85}", "\u{2028}", "\u{2029}"]
  private static let quote = UInt8(ascii: "\"")

  /// The content of the cell for a text.
  static func written(_ text: String) -> String {
    guard isEscaped(text) else { return text }
    var out = ByteBuffer()
    out.write(text)
    return out.string
  }

  /// Whether a text is written as a JSON string; also true if it looks like such a string.
  private static func isEscaped(_ text: String) -> Bool {
    text.unicodeScalars.contains(where: marks.contains) || read(text) != nil
  }

  /// The text of such a cell; nil for any other cell.
  static func read(_ cell: String) -> String? {
    guard cell.utf8.count > 7, cell.utf8.first == quote, cell.utf8.last == quote else { return nil }
    var cell = cell
    let text = cell.withUTF8 { bytes -> String? in
      var parser = JSONParser()
      do { return try parser.parse(bytes).string } catch { return nil }
    }
    guard let text, isEscaped(text) else { return nil }
    // A string in another spelling was not written by Roster.
    var out = ByteBuffer()
    out.write(text)
    return out.bytes.elementsEqual(cell.utf8) ? text : nil
  }
}
