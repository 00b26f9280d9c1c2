import Contract

/// Text in the format of `man`.
enum Roff {
  /// A paragraph, with one sentence on each line.
  static func text(_ text: String) -> String {
    var lines = [""]
    for word in text.words(at: " ") {
      let line = lines.removeLast()
      lines.append(line.isEmpty ? word : line + " " + word)
      if word.ends(with: ".") { lines.append("") }
    }
    return lines.filter { !$0.isEmpty }.map(escaped).joined(separator: "\n")
  }

  /// A term and its explanation. The words that the reader types are bold.
  static func entry(_ typed: String, placeholder: String = "", _ text: String) -> String {
    let rest = placeholder.isEmpty ? "" : " \\fI\(escaped(placeholder))\\fR"
    return ".TP\n\\fB\(escaped(typed))\\fR\(rest)\n\(Roff.text(text))"
  }

  /// One line, in which every character stands for itself.
  static func escaped(_ line: String) -> String {
    // A line that begins with one of these would be a command to `man`.
    var escaped = line.begins(with: ".") || line.begins(with: "'") ? "\\&" : ""
    for scalar in line.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\e"
      case "-": escaped += "\\-"
      case "'": escaped += "\\(aq"
      case "`": escaped += "\\(ga"
      case "^": escaped += "\\(ha"
      case "~": escaped += "\\(ti"
      case "…": escaped += "..."
      case _ where scalar.isASCII: escaped.unicodeScalars.append(scalar)
      default: escaped += "\\[u\(scalar.hexDigits)]"
      }
    }
    return escaped
  }
}
