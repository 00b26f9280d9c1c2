internal import CUnicode
public import Contract

/// An email address that mail can be sent to: trimmed, NFC, lower case, with exactly one @ between
/// a local part and a domain. This is the one definition, for accounts and for mail.
public struct Email: BoundedText {
  public let value: String
  public static let length = 3...320
  public static let pattern: String? = "^[^@\\s]+@[^@\\s]+$"
  /// Fits in a header line of 998 bytes (RFC 5322, section 2.1.1), less brackets and quotes.
  private static let byteCountMax = 980

  public init(unchecked value: String) { self.value = value }

  public static var schema: Schema { .string(length: length, pattern: pattern) }

  public init(_ text: String) throws(InvalidValue) {
    self.init(unchecked: Self.isPlain(text) ? text : try Self.normalized(text))
  }

  /// Why no mail can be sent to this text; nil if it can.
  public static func problem(of text: String) -> String? {
    do { _ = try Email(text) } catch { return error.message }
    return nil
  }

  /// A quick check whether `normalized` would not change the text: lower-case ASCII around one @.
  /// False proves nothing.
  static func isPlain(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      guard let sign = bytes.firstIndex(of: UInt8(ascii: "@")), sign > 0,
        length.contains(bytes.count)
      else { return false }
      let local = UnsafeBufferPointer(rebasing: bytes[..<sign])
      return local.allSatisfy { $0 < 0x80 && isOrdinary($0) && $0 &- UInt8(ascii: "A") >= 26 }
        && !local.holdsEncodedWord
        && EmailDomain.isPlain(UnsafeBufferPointer(rebasing: bytes[(sign + 1)...]))
    }
  }

  static var noAddress: InvalidValue {
    InvalidValue("must be an email address: one @ between a name and a domain")
  }

  private static func normalized(_ text: String) throws(InvalidValue) -> String {
    let text = text.trimmed
    if let scalar = text.unicodeScalars.first(where: \.isHidden) {
      throw InvalidValue("must not contain invisible characters, such as U+\(scalar.hexDigits)")
    }
    let parts = text.parts(at: "@")
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { throw noAddress }
    if text.holdsSpace || text.holdsControl {
      throw InvalidValue("must not contain spaces or control characters")
    }
    let local = TextNormalization.lowered(parts[0])
    try checkLocal(local)
    let email = "\(local)@\(try EmailDomain.checked(parts[1]))"
    let count = email.scalarCount
    guard length.contains(count) else {
      throw InvalidValue("must have 3 to 320 characters, not \(count)")
    }
    guard email.utf8.count <= byteCountMax else {
      throw InvalidValue("must have at most \(byteCountMax) bytes, not \(email.utf8.count)")
    }
    return email
  }

  /// Checks the local part (RFC 5322, section 3.4.1; RFC 6532): ordinary characters and dots at any
  /// position, or a quoted string that contains other characters. The mailer puts quotes around
  /// misplaced dots.
  private static func checkLocal(_ local: String) throws(InvalidValue) {
    if let scalar = local.unicodeScalars.first(where: { roster_is_of_other_width($0.value) != 0 }) {
      throw InvalidValue("must not contain full-width or half-width characters, such as \(scalar)")
    }
    var local = local
    let isWritable = local.withUTF8 { bytes in
      !bytes.holdsEncodedWord && (bytes.allSatisfy(isOrdinary) || isNeedfullyQuoted(bytes))
    }
    if !isWritable {
      throw InvalidValue(
        "must not contain marks such as , ; : < > ( ) [ ] \\ or a quote before the @")
    }
  }

  private static func isOrdinary(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte.isASCIIAlphanumeric || "!#$%&'*+-/=?^_`{|}~.".utf8.contains(byte)
  }

  /// Refuses quotes and escapes that are not needed, because they would be second spellings.
  private static func isNeedfullyQuoted(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let (quote, slash) = (UInt8(ascii: "\""), UInt8(ascii: "\\"))
    guard bytes.count > 2, bytes.first == quote, bytes.last == quote else { return false }
    let inner = bytes[1..<(bytes.count - 1)]
    var isEscaped = false
    for byte in inner {
      if isEscaped, byte != quote, byte != slash { return false }
      if !isEscaped, byte == quote { return false }
      isEscaped = byte == slash && !isEscaped
    }
    return !isEscaped && !inner.allSatisfy(isOrdinary)
  }
}

extension Unicode.Scalar {
  /// Whether it is invisible, controls the direction of text, or stands for no character.
  var isHidden: Bool {
    value >= 0x80
      && (properties.isDefaultIgnorableCodePoint || properties.isBidiControl
        || properties.isNoncharacterCodePoint)
  }

  /// Whether it only modifies the character before it.
  var isMark: Bool {
    [.nonspacingMark, .enclosingMark].contains(properties.generalCategory)
  }

  /// Whether it is visible. U+2800 is the blank Braille pattern.
  var isShown: Bool {
    !isHidden && !properties.isWhitespace && properties.generalCategory != .format
      && value != 0x2800
  }
}
