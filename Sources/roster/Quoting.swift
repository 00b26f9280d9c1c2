import Contract
import JSON

/// A text as a string literal of another language.
enum Quoting: Sendable {
  case json, toml, lua, elisp, shell

  func literal(_ text: String) -> String {
    switch self {
    case .json:
      var out = ByteBuffer()
      out.write(text)
      return out.string
    // All three take what is not ASCII as it is.
    case .toml, .elisp: return escaped(text) { "\\u" + Self.padded($0, 4, radix: 16) }
    case .lua: return escaped(text) { "\\" + Self.padded($0, 3, radix: 10) }
    case .shell: return Self.shellWord(text)
    }
  }

  /// In quotes; quotes and backslashes get one more backslash, control characters are spelled out.
  private func escaped(_ text: String, _ control: (UInt32) -> String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": literal += "\\\(scalar)"
      case "\0"..<" ", "\u{7F}": literal += control(scalar.value)
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }

  private static func padded(_ number: UInt32, _ width: Int, radix: Int) -> String {
    let digits = String(number, radix: radix)
    return String(repeating: "0", count: width - digits.count) + digits
  }

  /// What a terminal would act upon is spelled out for `printf`, which every shell has.
  private static func printedWord(_ text: String) -> String {
    var word = ""
    for scalar in text.unicodeScalars {
      let one = String(scalar)
      switch scalar {
      case "\\": word += "\\\\"
      case "'": word += "'\\''"
      case _ where one != one.showingControls():
        for byte in one.utf8 { word += "\\0" + padded(UInt32(byte), 3, radix: 8) }
      default: word += one
      }
    }
    return "\"$(printf '%b' '\(word)')\""
  }

  /// As it is where no shell would see anything in it, else in single quotes.
  private static func shellWord(_ text: String) -> String {
    if text != text.showingControls() { return printedWord(text) }
    let isPlain = text.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0)
        || "@%+=:,./_-".unicodeScalars.contains($0)
    }
    return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", by: "'\\''") + "'"
  }
}
