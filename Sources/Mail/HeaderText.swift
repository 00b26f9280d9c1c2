internal import Contract

/// Encodes text for a mail header (RFC 5322, RFC 2047).
enum HeaderText {
  /// The longest line, without its end. RFC 5322 asks for 78, and RFC 2047 for 76 with
  /// encoded-words.
  static let lineBytesMax = 76
  private static let encodedWordBytesMax = 75

  /// A name and an address as a folded field: lines after the first begin with a space.
  static func field(_ name: String, _ mailbox: Mailbox) -> [String] {
    let start = "\(name):"
    let words = phrase(mailbox.name, column: start.utf8.count + 1)
    return fold(start, words + ["<\(mailbox.address)>"])
  }

  /// Appends words to `start`, and begins a new line where a word would not fit.
  private static func fold(_ start: String, _ words: [String]) -> [String] {
    var lines = [start]
    for (at, word) in words.enumerated() {
      // No line is only the field's name: some programs take that for the end of the headers.
      if at > 0, lines[lines.count - 1].utf8.count + 1 + word.utf8.count > lineBytesMax {
        lines.append("")
      }
      lines[lines.count - 1] += " \(word)"
    }
    return lines
  }

  /// A person's name as words that can be folded: plain, quoted, or encoded.
  private static func phrase(_ text: String, column: Int) -> [String] {
    if text.isEmpty { return [] }
    let words = text.parts(at: " ")
    if words.allSatisfy({ isAtom($0) && isPlain($0) }) { return words }
    // A reader may turn two spaces into one.
    if words.allSatisfy({ !$0.isEmpty && isPlain($0) }) {
      return quoted(text).words(at: " ")
    }
    return encodedWords(text, firstBytesMax: lineBytesMax - column)
  }

  /// Whether a word needs no encoding: short, ASCII, and not read as an encoded-word.
  private static func isPlain(_ word: String) -> Bool {
    quoted(word).utf8.count <= lineBytesMax - "From: ".utf8.count
      && word.utf8.allSatisfy { $0 < 0x7F } && !word.utf8.holdsEncodedWord
  }

  /// Whether a word needs no quotes.
  static func isAtom(_ text: some StringProtocol) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { $0 >= 0x80 || $0.isASCIIAlphanumeric || atomMarks.contains($0) }
  }

  private static let atomMarks = Array("!#$%&'*+-/=?^_`{|}~".utf8)

  static func quoted(_ text: String) -> String {
    // By scalars: a quote with a combining accent is another character, and still a quote.
    let escaped = text.unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }
    return "\"\(escaped.joined())\""
  }

  /// Encoded-words in the Q encoding; none splits a Unicode scalar.
  private static func encodedWords(_ text: String, firstBytesMax: Int) -> [String] {
    let (start, end) = ("=?utf-8?Q?", "?=")
    var words: [String] = []
    var word = start
    for scalar in text.unicodeScalars {
      let piece = String(scalar).utf8.map(encoded).joined()
      let bytesMax = words.isEmpty ? firstBytesMax : encodedWordBytesMax
      if word.utf8.count + piece.utf8.count + end.utf8.count > bytesMax {
        words.append(word + end)
        word = start
      }
      word += piece
    }
    return words + [word + end]
  }

  /// Encodes a byte, except the characters that RFC 2047 allows in a name.
  private static func encoded(_ byte: UInt8) -> String {
    if byte == UInt8(ascii: " ") { return "_" }
    if byte.isASCIIAlphanumeric || "!*+-/".utf8.contains(byte) {
      return String(Unicode.Scalar(byte))
    }
    return byte.hex(after: "=")
  }

  /// Replaces line ends and control characters by spaces, and trims the result.
  static func clean(_ text: String) -> String {
    var clean = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { clean.append(scalar.breaksText ? " " : scalar) }
    let first = clean.firstIndex { $0 != " " } ?? clean.endIndex
    let last = clean.lastIndex { $0 != " " } ?? first
    return first == clean.endIndex ? "" : String(clean[first...last])
  }
}

extension Unicode.Scalar {
  /// Whether it is a control character or ends a line.
  var breaksText: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}

extension UInt8 {
  /// The mark and two upper-case hexadecimal digits.
  func hex(after mark: String) -> String {
    let digits = String(self, radix: 16, uppercase: true)
    return mark + (self < 16 ? "0" : "") + digits
  }
}
