internal import CUnicode
public import Contract
internal import Glibc
public import JSON

/// The domain of an email address, without the @.
public struct EmailDomain: TextParam {
  public let value: String
  public static var shape: Shape { .string(length: 1...255) }
  public static var placeholder: EmailDomain { EmailDomain(value: "") }

  private init(value: String) { self.value = value }

  /// As somebody names one to look for: what is no domain is found in no account.
  public init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    let trimmed = text.trimmed
    let domain = Fold.lowered(trimmed.behind("@") ?? trimmed)
    guard !domain.isEmpty, !domain.holds("@"), domain.unicodeScalars.count <= 255 else {
      throw Mismatch("must be a domain such as example.com")
    }
    value = Self.readable(domain) ?? domain
  }

  /// As it is kept: in Unicode as people read it, by IDNA2008 (RFC 5891) after the mapping of UTS #46.
  /// What has no A-label can't be mailed, and is refused.
  static func checked(_ text: String) throws(Mismatch) -> String {
    if text.utf8.last == UInt8(ascii: ".") { throw Mismatch("must not end with a dot") }
    if text.parts(at: ".").contains("") { throw Mismatch("must have a word between two dots") }
    guard let domain = readable(text) else {
      throw Mismatch(
        "must have a domain that mail can go to: letters, digits and hyphens between dots, 63 a part"
      )
    }
    return domain
  }

  /// nil for what is no domain that mail can go to.
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

  /// Whether bytes are a domain in ASCII and lower case, and no part of it stands for Unicode.
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

  /// What idn2 does not refuse by itself: parts of 1 to 63 lower-case letters, digits and hyphens, none at
  /// an end; 253 in all (RFC 1123, section 2.1).
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
