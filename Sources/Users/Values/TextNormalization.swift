internal import CUnicode
internal import Glibc
// The standard library's own normalization, which Foundation builds on too; it has no public name
// yet, and linking Foundation for it would triple the time to start.
@_spi(_Unicode) import Swift

/// The Unicode normalization of texts that are compared or stored.
public enum TextNormalization {
  /// Normalization form C. ASCII is returned unchanged.
  public static func composed(_ text: String) -> String {
    if text.isASCII { return text }
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: text._nfc)
    return String(scalars)
  }

  /// The form for searching and sorting: without case (full case folding) and accents, and with one
  /// kind of space. Texts of accounts contain no control characters.
  public static func searchable(_ text: String) -> String {
    if text.isASCII { return text.lowercased() }
    var scalars = String.UnicodeScalarView()
    for scalar in spaced(caseFolded(text)).unicodeScalars
    where scalar.properties.generalCategory != .nonspacingMark {
      scalars.append(scalar)
    }
    return String(scalars)
  }

  /// Replaces each white space character, including tabs and line ends, by U+0020.
  static func spaced(_ text: String) -> String {
    mapped(text) { $0.properties.isWhitespace ? " " : $0 }
  }

  /// The full case folding, decomposed.
  private static func caseFolded(_ text: String) -> String {
    var text = text
    return text.withUTF8 { bytes in
      var count = 0
      guard let folded = roster_case_folded(bytes.baseAddress, bytes.count, &count) else {
        return String(decoding: bytes, as: UTF8.self).lowercased()
      }
      defer { free(folded) }
      return String(decoding: UnsafeBufferPointer(start: folded, count: count), as: UTF8.self)
    }
  }

  /// The form in which identities are compared: without case by simple folding, one scalar for one,
  /// in form C. ß stays ß.
  static func identity(_ text: String) -> String {
    if text.isASCII { return text.lowercased() }
    return composed(mapped(composed(text)) { Unicode.Scalar(roster_simply_folded($0.value)) })
  }

  /// The lower case in which identities are stored: one scalar for one, in form C.
  static func lowered(_ text: String) -> String {
    if text.isASCII { return text.lowercased() }
    return composed(
      mapped(composed(text)) { scalar in
        let lower = scalar.properties.lowercaseMapping.unicodeScalars
        return lower.count == 1 ? lower.first : scalar
      })
  }

  private static func mapped(
    _ text: String, _ change: (Unicode.Scalar) -> Unicode.Scalar?
  ) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { scalars.append(change(scalar) ?? scalar) }
    return String(scalars)
  }
}
