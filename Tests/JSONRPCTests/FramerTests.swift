import JSONRPC
import Testing

/// The framing of a connection, decided by its first bytes in any pieces.
@Suite struct FramerTests {
  /// First bytes, and the framing that they decide, with lines of at most eight bytes.
  static let rows: [(String, Framing?)] = [
    ("", nil), (" ", nil), ("\n", nil), ("\r\n\t \n\r\n", nil), ("        ", nil),
    ("{", .lines), ("[", .lines), ("x", .lines), ("\"C", .lines), ("\u{0B}C", .lines),
    ("\0C", .lines), ("é", .lines), ("D", .lines), ("b", .lines),
    ("C", .contentLength), ("c", .contentLength), (" C", .contentLength),
    ("\r\n\r\nC", .contentLength), ("\t\n  \n c", .contentLength),
    ("        C", .contentLength), ("        \n        \nC", .contentLength),
    // Nine blanks make a line that is too long.
    ("         C", .lines), ("\n\n         C", .lines), ("         \nC", .lines),
    ("{}\nC", .lines), ("C\n{", .contentLength),
    // A byte order mark directly before a message is ignored; elsewhere it is a part of a line.
    ("\u{FEFF}", nil), ("\n \u{FEFF}", nil), ("\u{FEFF}{", .lines), ("\u{FEFF}[", .lines),
    ("\u{FEFF}C", .contentLength), ("\u{FEFF}c", .contentLength), ("\r\n\u{FEFF}C", .contentLength),
    ("\u{FEFF} C", .lines), ("\u{FEFF}\nC", .lines), ("\u{FEFF}\u{FEFF}C", .lines),
    ("\u{FEFF}x", .lines), ("\u{FFFE}C", .lines),
  ]

  /// Inputs, most with a byte order mark, and the first line of each; nil for no line at all.
  static let marked: [(String, String?)] = [
    ("\u{FEFF}{}\n", "   {}"), ("\n\u{FEFF}[]\n", "   []"), (" \u{FEFF}{}", "    {}"),
    ("\u{FEFF}\n{}", "\u{FEFF}"), ("\u{FEFF} {}", "\u{FEFF} {}"), ("\u{FEFF}", "\u{FEFF}"),
    ("\u{FEFF}\u{FEFF}{}", "\u{FEFF}\u{FEFF}{}"), ("\n\n", nil),
  ]

  @Test("A byte order mark is skipped only directly before the first message", arguments: marked)
  func passesOverAMark(_ input: String, _ line: String?) {
    let bytes = Array(input.utf8)
    for split in 0...bytes.count {
      var framer = Framer(lineBytesMax: 64)
      var lines: [String] = []
      for piece in [bytes[..<split], bytes[split...]] {
        put(Array(piece), &framer)
        while case .message(let message)? = framer.next() {
          lines.append(String(decoding: message, as: UTF8.self))
        }
      }
      while case .message(let message)? = framer.next(isAtEnd: true) {
        lines.append(String(decoding: message, as: UTF8.self))
      }
      #expect(lines.first == line, "split at \(split)")
    }
  }

  @Test("The first byte that is not blank decides the framing", arguments: rows)
  func decides(_ input: String, _ framing: Framing?) {
    let bytes = Array(input.utf8)
    for split in 0...bytes.count {
      for isTaking in [false, true] {
        var framer = Framer(lineBytesMax: 8)
        for piece in [bytes[..<split], bytes[split...]] {
          put(Array(piece), &framer)
          if isTaking { _ = take(&framer) }
        }
        #expect(framer.framing == framing, "split at \(split)")
      }
    }
    var framer = Framer(lineBytesMax: 8)
    for byte in bytes {
      put([byte], &framer)
      _ = take(&framer)
    }
    #expect(framer.framing == framing)
  }

  @Test("Blank lines before the first message are not stored")
  func dropsBlankLines() {
    var framer = Framer(lineBytesMax: 1000)
    // Nothing is stored, so every piece is written at the same address.
    var places: Set<UnsafeMutablePointer<UInt8>?> = []
    for _ in 0..<16 {
      let count = framer.receive(1 << 16) { space in
        places.insert(space.baseAddress)
        space.update(repeating: 0x0A)
        return space.count
      }
      #expect(count == 1 << 16)
      #expect(take(&framer) == [])
    }
    #expect(places.count == 1)
    put("Content-Length: 1\r\n\r\nx", &framer)
    #expect(take(&framer) == ["x"])
  }

  @Test(
    "A framer is drained when every byte was handed out in lines",
    arguments: [
      ("", true), ("{}\n", true), ("{}\n{}\n", true), ("{}\n\n", true), ("{}\n{", false),
      ("{}\n{}", false), ("Content-Length: 2\r\n\r\n{}", false),
      ("Content-Length: 0\r\n\r\n", false),
    ])
  func drains(_ input: String, _ isDrained: Bool) {
    var framer = Framer(lineBytesMax: 64)
    put(input, &framer)
    _ = take(&framer)
    let seen = framer.isDrained
    #expect(seen == isDrained)
    put("{}\n", &framer)
    let later = framer.isDrained
    #expect(!later)
  }
}
