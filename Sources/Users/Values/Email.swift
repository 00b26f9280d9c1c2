public import Contract

/// An email address: trimmed, NFC, lower case, with exactly one @ between two parts.
public struct Email: BoundedText {
  public let value: String
  public static let length = 3...320
  public static let pattern: String? = "^[^@\\s]+@[^@\\s]+$"
  public init(unchecked value: String) { self.value = value }

  public static var shape: Shape { .string(length: length, pattern: pattern) }

  public init(_ text: String) throws(Mismatch) {
    self.init(unchecked: Self.isPlain(text) ? text : try Self.normalized(text))
  }

  /// Whether this is what `normalized` makes, at a glance: lower-case ASCII around one @.
  private static func isPlain(_ text: String) -> Bool {
    var signs = 0
    for byte in text.utf8 {
      guard (0x21..<0x7F).contains(byte), !(0x41...0x5A).contains(byte) else { return false }
      if byte == UInt8(ascii: "@") { signs += 1 }
    }
    let at = UInt8(ascii: "@")
    return signs == 1 && text.utf8.first != at && text.utf8.last != at
      && length.contains(text.utf8.count)
  }

  private static func normalized(_ text: String) throws(Mismatch) -> String {
    let text = Fold.composed(text.trimmed.lowercased())
    let at = UInt8(ascii: "@")
    guard let sign = text.utf8.firstIndex(of: at), sign != text.utf8.startIndex,
      let rest = text.utf8.index(sign, offsetBy: 1, limitedBy: text.utf8.endIndex),
      rest != text.utf8.endIndex, !text.utf8[rest...].contains(at)
    else { throw Mismatch("must be an email address: one @ between a name and a domain") }
    if text.holdsSpace || text.holdsControl {
      throw Mismatch("must not contain spaces or control characters")
    }
    let count = text.scalarCount
    guard Self.length.contains(count) else {
      throw Mismatch("must have 3 to 320 characters, not \(count)")
    }
    return text
  }
}
