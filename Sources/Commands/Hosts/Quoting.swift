import Contract
import JSON

/// Writes a text as a string literal of another language.
enum Quoting: Sendable {
  case json, toml, yaml, lua, elisp, shell

  func literal(_ text: String) -> String {
    switch self {
    case .json:
      var out = ByteBuffer()
      out.write(text)
      return out.string
    // All but YAML accept non-ASCII characters as they are.
    case .toml, .elisp: return escaped(text) { "\\u" + Self.padded($0, 4, radix: 16) }
    case .yaml: return escaped(text, Self.isLineEnd) { "\\u" + Self.padded($0, 4, radix: 16) }
    case .lua: return escaped(text) { "\\" + Self.padded($0, 3, radix: 10) }
    case .shell: return ShellWord.quoted(text)
    }
  }

  /// In quotes; quotes and backslashes are escaped by a backslash, control characters by `control`.
  private func escaped(
    _ text: String, _ isMore: (Unicode.Scalar) -> Bool = { _ in false },
    _ control: (UInt32) -> String
  ) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": literal += "\\\(scalar)"
      case "\0"..<" ", "\u{7F}": literal += control(scalar.value)
      case _ where isMore(scalar): literal += control(scalar.value)
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }

  /// Characters that YAML takes for the end of a line, or does not allow.
  private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\u{80}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFE}", "\u{FFFF}": true
    default: false
    }
  }

  private static func padded(_ number: UInt32, _ width: Int, radix: Int) -> String {
    let digits = String(number, radix: radix)
    return String(repeating: "0", count: width - digits.count) + digits
  }
}
