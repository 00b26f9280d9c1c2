import JSONRPC
import Testing

/// Which framing a connection has, whatever the pieces that its first bytes come in.
@Suite struct FramerTests {
  /// Rows of first bytes, and the framing that they decide for lines of at most eight bytes.
  static let rows: [(String, Framing?)] = [
    ("", nil), (" ", nil), ("\n", nil), ("\r\n\t \n\r\n", nil), ("        ", nil),
    ("{", .lines), ("[", .lines), ("x", .lines), ("\"C", .lines), ("\u{0B}C", .lines),
    ("\0C", .lines), ("é", .lines), ("D", .lines), ("b", .lines),
    ("C", .contentLength), ("c", .contentLength), (" C", .contentLength),
    ("\r\n\r\nC", .contentLength), ("\t\n  \n c", .contentLength),
    ("        C", .contentLength), ("        \n        \nC", .contentLength),
    // Nine blanks are a line that is too long.
    ("         C", .lines), ("\n\n         C", .lines), ("         \nC", .lines),
    ("{}\nC", .lines), ("C\n{", .contentLength),
  ]

  @Test("The first byte that is not blank decides how messages are told apart", arguments: rows)
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

  @Test("Blank lines before the first message are not held")
  func dropsBlankLines() {
    var framer = Framer(lineBytesMax: 1000)
    // What is not held makes no way: each piece finds its place where the one before was.
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
}
