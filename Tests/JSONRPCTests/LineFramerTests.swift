import JSONRPC
import TestSupport
import Testing

/// Splitting bytes into lines.
@Suite struct LineFramerTests {
  /// Inputs, and the lines that they hold, with lines of at most eight bytes.
  static let rows: [(String, [Seen])] = [
    ("", []), ("\n", []), ("a\n", ["a"]), ("a", ["a"]), ("a\nb\n", ["a", "b"]),
    ("a\nb", ["a", "b"]),
    ("a\r\n", ["a"]), ("a\r", ["a"]), ("a\r\r\n", ["a\r"]), ("\r\n", []), ("\r", []),
    ("a\rb\n", ["a\rb"]), ("\n\n\na\n\n", ["a"]), (" \t\r\n", []), (" a \n", [" a "]),
    ("\r\n\r\na\r\n\r\n", ["a"]),
    ("12345678\n", ["12345678"]), ("12345678\r\n", ["12345678"]), ("12345678", ["12345678"]),
    ("123456789\n", [nil]), ("123456789\r\n", [nil]), ("123456789", [nil]),
    ("12345678\r\r\n", [nil]), ("1234567890123456789\n", [nil]), ("1234567890123456789", [nil]),
    ("123456789\na\n", [nil, "a"]), ("a\n1234567890123456789\nb\n", ["a", nil, "b"]),
    ("123456789\n123456789\n", [nil, nil]), ("        \n", []), ("         \n", [nil]),
    ("1234567890\n\n\na", [nil, "a"]), ("é€\n", ["é€"]),
  ]

  @Test("Lines are found whole, in pieces of any size", arguments: rows)
  func frames(_ input: String, _ lines: [Seen]) {
    let bytes = Array(input.utf8)
    for piece in [1, 2, 3, 5, 64] {
      #expect(drip(bytes, by: piece) == lines, "\(piece) bytes at a time")
    }
  }

  @Test("Lines are found whole if all inputs are joined")
  func framesAll() {
    let complete = Self.rows.filter { $0.0.isEmpty || $0.0.hasSuffix("\n") }
    let bytes = complete.flatMap { Array($0.0.utf8) }
    for piece in [1, 7, 4096] { #expect(drip(bytes, by: piece) == complete.flatMap(\.1)) }
  }

  @Test("A line is returned as soon as its end arrives, and not before")
  func waitsForTheEnd() {
    var framer = Framer(lineBytesMax: 8)
    put("abc", &framer)
    #expect(take(&framer) == [])
    put("def\nxyz", &framer)
    #expect(take(&framer) == ["abcdef"])
    put("\n", &framer)
    #expect(take(&framer) == ["xyz"])
  }

  @Test("A last line without a line feed is returned once")
  func handsOutTheLastLineOnce() {
    var framer = Framer(lineBytesMax: 8)
    put("a\nb", &framer)
    #expect(take(&framer, isAtEnd: true) == ["a", "b"])
    #expect(take(&framer, isAtEnd: true) == [])
    put("12345678901", &framer)
    #expect(take(&framer, isAtEnd: false) == [])
    #expect(take(&framer, isAtEnd: true) == [nil])
    #expect(take(&framer, isAtEnd: true) == [])
  }

  @Test("A line that is too long is reported when it ends, and is not held in memory")
  func dropsLongLines() {
    var framer = Framer(lineBytesMax: 1000)
    let megabyte = [UInt8](repeating: 0x78, count: 1 << 20)
    let before = residentKib()
    for _ in 0..<256 {
      put(megabyte, &framer)
      #expect(take(&framer) == [])
    }
    // The limit is far below the 256 MiB of input.
    #expect(residentKib() - before < 64 << 10)
    put("\nnext\n", &framer)
    #expect(take(&framer) == [nil, "next"])
  }

  @Test("Lines can be returned again, from any mark since the latest input")
  func rewinds() {
    var framer = Framer(lineBytesMax: 8)
    put("a\nb\n123456789\nc\nrest", &framer)
    let start = framer.mark
    #expect(take(&framer, count: 1) == ["a"])
    let second = framer.mark
    #expect(take(&framer) == ["b", nil, "c"])
    framer.rewind(to: second)
    #expect(take(&framer) == ["b", nil, "c"])
    framer.rewind(to: start)
    #expect(take(&framer) == ["a", "b", nil, "c"])
    put("\nd\n", &framer)
    #expect(take(&framer) == ["rest", "d"])
  }

  @Test("After a rewind into a line that is too long, the framer still drops it")
  func rewindsIntoLongLines() {
    var framer = Framer(lineBytesMax: 8)
    put("1234567890", &framer)
    #expect(take(&framer) == [])
    put("12345\na\n", &framer)
    let start = framer.mark
    #expect(take(&framer) == [nil, "a"])
    framer.rewind(to: start)
    #expect(take(&framer) == [nil, "a"])
  }

  @Test("Random lines in random pieces are found unchanged")
  func survivesRandomPieces() {
    var random = SeededRandom(seed: 1)
    for _ in 0..<300 {
      var input: [UInt8] = []
      var expected: [Seen] = []
      for _ in 0..<Int.random(in: 0...20, using: &random) {
        let length = Int.random(in: 0...12, using: &random)
        let line = String((0..<length).map { _ in Bool.random(using: &random) ? "x" : " " })
        input += Array((line + (Bool.random(using: &random) ? "\n" : "\r\n")).utf8)
        if length > 8 {
          expected.append(nil)
        } else if line.contains("x") {
          expected.append(.message(line))
        }
      }
      var framer = Framer(lineBytesMax: 8)
      var frames: [Seen] = []
      var rest = input[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...9, using: &random))
        put(Array(piece), &framer)
        rest = rest.dropFirst(piece.count)
        let mark = framer.mark
        let seen = take(&framer)
        if Bool.random(using: &random) {
          framer.rewind(to: mark)
          #expect(take(&framer) == seen)
        }
        frames += seen
      }
      #expect(frames + take(&framer, isAtEnd: true) == expected)
    }
  }
}
