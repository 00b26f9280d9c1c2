/// A text as one word of a shell command.
public enum ShellWord {
  /// The text unchanged if none of its characters is special in any shell, otherwise quoted.
  public static func quoted(_ text: String) -> String {
    let lineEnds = text.unicodeScalars.reversed().prefix { $0 == "\n" }.count
    if lineEnds > 0 {
      // A shell removes line ends at the end of a command's output, here that of `printf`.
      let rest = String(String.UnicodeScalarView(text.unicodeScalars.dropLast(lineEnds)))
      return quoted(rest) + "'" + String(repeating: "\n", count: lineEnds) + "'"
    }
    if text != text.showingControls() { return printed(text) }
    let isPlain = text.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0)
        || "@%+=:,./_-".unicodeScalars.contains($0)
    }
    return isPlain && !text.isEmpty ? text : "'" + text.replacingScalar("'", by: "'\\''") + "'"
  }

  /// Writes the characters that a terminal would act on as escapes for `printf`, which every shell
  /// has.
  private static func printed(_ text: String) -> String {
    var word = ""
    for scalar in text.unicodeScalars {
      let one = String(scalar)
      switch scalar {
      case "\\": word += "\\\\"
      case "'": word += "'\\''"
      case _ where one != one.showingControls():
        for byte in one.utf8 {
          let digits = String(byte, radix: 8)
          word += "\\0" + String(repeating: "0", count: 3 - digits.count) + digits
        }
      default: word += one
      }
    }
    return "\"$(printf '%b' '\(word)')\""
  }
}
