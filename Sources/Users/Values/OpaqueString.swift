/// Passwords as RFC 8265 has them, section 4.2: texts in which case, width and every mark count.
public enum OpaqueString {
  /// Makes one of the spellings that people can't tell apart: spaces of all kinds become U+0020, and the text
  /// NFC.
  public static func prepared(_ text: String) -> String {
    if text.isASCII { return text }
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      scalars.append(scalar.properties.generalCategory == .spaceSeparator ? " " : scalar)
    }
    return Fold.composed(String(scalars))
  }

  /// The first character that no password holds, by FreeformClass of RFC 8264, section 9: controls, and what is
  /// invisible, unassigned or old. Joiners are taken wherever they are: which letters want one, and which
  /// emoji, its rules of context don't say well.
  public static func firstDisallowed(in text: String) -> Unicode.Scalar? {
    text.unicodeScalars.first { !isAllowed($0) }
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value >= 0x20 && scalar.value < 0x7F }
    switch scalar.value {
    case 0x200C, 0x200D: return true
    // Section 9.6, exceptions; 9.9, the parts of Hangul syllables.
    case 0x0640, 0x07FA, 0x302E, 0x302F, 0x3031...0x3035, 0x303B: return false
    case 0x1100...0x11FF, 0xA960...0xA97C, 0xD7B0...0xD7C6, 0xD7CB...0xD7FB: return false
    default: break
    }
    if scalar.properties.isDefaultIgnorableCodePoint { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      return false
    default: return true
    }
  }
}
