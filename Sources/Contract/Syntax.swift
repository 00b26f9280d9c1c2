// These functions compare scalars or bytes, not Characters: a delimiter (`mark`) and a combining
// accent after it are one Character, so a search among Characters would not find the delimiter.
extension StringProtocol {
  /// Whether the text begins with these bytes.
  public func begins(with start: String) -> Bool { utf8.starts(with: start.utf8) }

  public func ends(with end: String) -> Bool {
    utf8.reversed().starts(with: end.utf8.reversed())
  }

  /// The text after `start`; nil if the text does not begin with it.
  public func behind(_ start: String) -> String? {
    guard begins(with: start) else { return nil }
    return String(self[utf8.index(startIndex, offsetBy: start.utf8.count)...])
  }

  /// The text with its percent-encoded bytes decoded (RFC 3986, section 2.1).
  public var percentDecoded: String {
    var bytes: [UInt8] = []
    var rest = Array(utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2).map { Character(Unicode.Scalar($0)).hexDigitValue }
      if byte == UInt8(ascii: "%"), digits.count == 2, let high = digits[0], let low = digits[1] {
        bytes.append(UInt8(high << 4 | low))
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  public func holds(_ mark: Unicode.Scalar) -> Bool { unicodeScalars.contains(mark) }

  /// The parts between the marks, including empty ones; at most `countMax` parts, the last with the
  /// rest.
  public func parts(at mark: Unicode.Scalar, countMax: Int = .max) -> [String] {
    unicodeScalars.split(
      separator: mark, maxSplits: countMax - 1, omittingEmptySubsequences: false
    ).map { String(String.UnicodeScalarView($0)) }
  }

  /// The same without empty parts.
  public func words(at mark: Unicode.Scalar) -> [String] {
    unicodeScalars.split(separator: mark).map { String(String.UnicodeScalarView($0)) }
  }

  /// Replaces each `mark` by `other`.
  public func replacingScalar(_ mark: Unicode.Scalar, by other: String) -> String {
    var text = ""
    for scalar in unicodeScalars {
      if scalar == mark { text += other } else { text.unicodeScalars.append(scalar) }
    }
    return text
  }
}

extension Unicode.Scalar {
  /// In capitals, at least four digits, as Unicode and JSON write it.
  public var hexDigits: String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
  }
}

extension UInt8 {
  /// Whether it is an ASCII letter or digit.
  public var isASCIIAlphanumeric: Bool {
    self &- UInt8(ascii: "0") < 10 || (self | 0x20) &- UInt8(ascii: "a") < 26
  }
}

extension Sequence<UInt8> {
  /// Whether a mail program could read part of it as an encoded-word (RFC 2047) and show another
  /// text.
  public var holdsEncodedWord: Bool {
    zip(self, dropFirst()).contains { $0 == UInt8(ascii: "=") && $1 == UInt8(ascii: "?") }
  }
}
