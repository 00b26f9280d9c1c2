// Syntax is made of scalars. A mark with an accent behind it is one Character, and so is never found by
// who looks for the mark among Characters.
extension StringProtocol {
  /// Whether the text begins with these bytes.
  public func begins(with start: String) -> Bool { utf8.starts(with: start.utf8) }

  public func ends(with end: String) -> Bool {
    utf8.reversed().starts(with: end.utf8.reversed())
  }

  /// What stands behind `start`; nil if the text does not begin so.
  public func behind(_ start: String) -> String? {
    guard begins(with: start) else { return nil }
    return String(self[utf8.index(startIndex, offsetBy: start.utf8.count)...])
  }

  public func holds(_ mark: Unicode.Scalar) -> Bool { unicodeScalars.contains(mark) }

  /// What stands between the marks, empty parts too; at most `countMax` parts, the last with the rest.
  public func parts(at mark: Unicode.Scalar, countMax: Int = .max) -> [String] {
    unicodeScalars.split(
      separator: mark, maxSplits: countMax - 1, omittingEmptySubsequences: false
    ).map { String(String.UnicodeScalarView($0)) }
  }

  /// The same without the empty ones.
  public func words(at mark: Unicode.Scalar) -> [String] {
    unicodeScalars.split(separator: mark).map { String(String.UnicodeScalarView($0)) }
  }

  /// With `other` in the place of each `mark`.
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
  /// Whether a mail program could take part of it for an encoded-word (RFC 2047), and so read another text.
  public var holdsEncodedWord: Bool {
    zip(self, dropFirst()).contains { $0 == UInt8(ascii: "=") && $1 == UInt8(ascii: "?") }
  }
}
