internal import CUnicode
public import Contract
internal import Glibc
public import JSON

/// The domain of an email address, without the @.
public struct EmailDomain: TextParam {
  public let value: String
  public static var schema: Schema { .string(length: 1...255) }
  public static var placeholder: EmailDomain { EmailDomain(value: "") }

  private init(value: String) { self.value = value }

  /// A domain to search for; a text that is not a valid domain matches no account.
  public init(_ json: JSONValue) throws(InvalidValue) {
    guard let text = json.string else { throw InvalidValue("must be a string") }
    let trimmed = text.trimmed
    let domain = TextNormalization.lowered(trimmed.behind("@") ?? trimmed)
    guard !domain.isEmpty, !domain.holds("@"), domain.unicodeScalars.count <= 255 else {
      throw InvalidValue("must be a domain such as example.com")
    }
    value = Self.readable(domain) ?? domain
  }

  /// The form in which a domain is stored: in Unicode, by IDNA2008 (RFC 5891) after the mapping of
  /// UTS #46. Throws for a domain without an A-label, because mail can't be sent to it.
  static func checked(_ text: String) throws(InvalidValue) -> String {
    if text.utf8.last == UInt8(ascii: ".") { throw InvalidValue("must not end with a dot") }
    if text.parts(at: ".").contains("") { throw InvalidValue("must have a word between two dots") }
    guard let domain = readable(text) else {
      throw InvalidValue(
        "must have a valid domain: letters, digits and hyphens between dots, at most 63 per part"
      )
    }
    return domain
  }

  /// The domain in Unicode; nil if it is not a domain that mail can be sent to.
  static func readable(_ text: String) -> String? {
    var text = text.isASCII ? text.lowercased() : text
    if text.withUTF8(isPlain) { return text }
    guard let ascii = owned(roster_ascii_domain(text)), isLabels(ascii),
      let readable = owned(roster_readable_domain(ascii)),
      owned(roster_ascii_domain(readable)) == ascii
    else { return nil }
    return readable
  }

  private static func owned(_ text: UnsafeMutablePointer<CChar>?) -> String? {
    guard let text else { return nil }
    defer { free(text) }
    return String(cString: text)
  }

  /// Whether the bytes are a domain in lower-case ASCII without an A-label.
  static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard isLabels(text) else { return false }
    var isAtStart = true
    for at in text.indices {
      if isAtStart, text[at...].starts(with: "xn--".utf8) { return false }
      isAtStart = text[at] == UInt8(ascii: ".")
    }
    return true
  }

  private static func isLabels(_ text: String) -> Bool {
    var text = text
    return text.withUTF8(isLabels)
  }

  /// Checks what idn2 does not check: labels of 1 to 63 lower-case letters, digits and hyphens,
  /// with no hyphen at an end; at most 253 bytes in all (RFC 1123, section 2.1).
  private static func isLabels(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let (dot, hyphen) = (UInt8(ascii: "."), UInt8(ascii: "-"))
    var (length, before) = (0, dot)
    for byte in text {
      if byte == dot {
        if length == 0 || before == hyphen { return false }
        length = 0
      } else {
        let isLetter = byte.isASCIIAlphanumeric && byte &- UInt8(ascii: "A") >= 26
        guard isLetter || (byte == hyphen && length > 0), length < 63 else { return false }
        length += 1
      }
      before = byte
    }
    return length > 0 && before != hyphen && text.count <= 253
  }
}
