import Contract

extension String {
  /// This text in lines of at most `columns` characters, each after `indent` spaces. A longer word
  /// is not broken.
  func wrapped(to columns: Int, indent: Int = 0) -> String {
    let space = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    for word in words(at: " ") {
      if !line.isEmpty, indent + line.count + 1 + word.count > columns {
        lines.append(space + line)
        line = ""
      }
      line += line.isEmpty ? word : " " + word
    }
    if !line.isEmpty { lines.append(space + line) }
    return lines.joined(separator: "\n")
  }

  /// This text without leading spaces.
  var trimmingIndent: String { String(String.UnicodeScalarView(unicodeScalars.drop { $0 == " " })) }

  /// A phrase of the help as a sentence.
  var asSentence: String {
    prefix(1).uppercased() + dropFirst() + (ends(with: ".") ? "" : ".")
  }
}
