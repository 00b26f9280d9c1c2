/// Passwords by RFC 8265, section 4.2: texts in which case, width and every mark count.
public enum OpaqueString {
  /// Maps spellings that people can't tell apart to one: each space of any kind becomes U+0020, and
  /// the text becomes NFC.
  public static func prepared(_ text: String) -> String {
    if text.isASCII { return text }
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      scalars.append(scalar.properties.generalCategory == .spaceSeparator ? " " : scalar)
    }
    return TextNormalization.composed(String(scalars))
  }

  /// The first character that a password must not contain, by FreeformClass of RFC 8264, section 9:
  /// controls, and invisible, unassigned or old characters. Joiners are allowed everywhere, because
  /// the context rules of the RFC do not describe well which letters and emoji need them.
  public static func firstDisallowed(in text: String) -> Unicode.Scalar? {
    text.unicodeScalars.first { !isAllowed($0) }
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value >= 0x20 && scalar.value < 0x7F }
    switch scalar.value {
    case 0x200C, 0x200D: return true
    // Section 9.6, exceptions; 9.9, conjoining Hangul jamo.
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
