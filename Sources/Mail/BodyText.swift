/// Body text in a mail: as it is, or quoted-printable (RFC 2045, section 6.7).
struct BodyText {
  /// The longest line that every mailer takes, without the line end (RFC 5322, section 2.1.1).
  private static let lineBytesMax = 998
  private static let encodedLineBytesMax = 76

  let encoding: String
  let lines: [String]

  init(_ lines: [String]) {
    let isPlain = lines.allSatisfy(Self.isPlain)
    encoding = isPlain ? "7bit" : "quoted-printable"
    self.lines = isPlain ? lines : lines.flatMap(Self.encoded)
  }

  private static func isPlain(_ line: String) -> Bool {
    line.utf8.count <= lineBytesMax && line.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
      && !isMistakable(line.utf8[...])
  }

  /// A line with only a dot may end a piped message, and mailbox files separate messages by
  /// "From ".
  private static func isMistakable(_ bytes: Substring.UTF8View) -> Bool {
    bytes.first == UInt8(ascii: ".") || bytes.starts(with: "From ".utf8)
  }

  /// One line as encoded lines; each but the last ends with "=".
  private static func encoded(_ line: String) -> [String] {
    var lines = [""]
    var rest = line.utf8[...]
    while let byte = rest.first {
      let isLast = rest.count == 1
      let isFirst = lines[lines.count - 1].isEmpty
      let isLiteral =
        (0x21..<0x7F).contains(byte) && byte != UInt8(ascii: "=")
        && !(isFirst && isMistakable(rest))
        || byte == UInt8(ascii: " ") && !isLast
      let piece = isLiteral ? String(Unicode.Scalar(byte)) : byte.hex(after: "=")
      let room = encodedLineBytesMax - lines[lines.count - 1].utf8.count
      if piece.utf8.count + (isLast ? 0 : 1) > room {
        lines[lines.count - 1] += "="
        lines.append("")
        continue
      }
      lines[lines.count - 1] += piece
      rest = rest.dropFirst()
    }
    return lines
  }
}
