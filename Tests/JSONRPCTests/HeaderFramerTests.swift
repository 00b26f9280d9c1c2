import JSON
import JSONRPC
import TestSupport
import Testing

/// Splitting bytes into messages with headers.
@Suite struct HeaderFramerTests {
  /// Inputs, and the frames that they hold, with bodies of at most eight bytes.
  static let rows: [(String, [Seen])] = [
    ("Content-Length: 1\r\n\r\na", ["a"]),
    ("Content-Length: 1\r\n\r\naContent-Length: 2\r\n\r\nbc", ["a", "bc"]),
    // Names in any case and order, blanks around the number, and a bare LF are accepted.
    ("content-length:1\r\n\r\na", ["a"]), ("CONTENT-LENGTH:  1 \t\r\n\r\na", ["a"]),
    ("Content-Length: 1\n\na", ["a"]), ("Content-Length: 1\n\r\na", ["a"]),
    ("Content-Length: 1\r\n\na", ["a"]),
    ("Content-Length: 00000000000000000000001\r\n\r\na", ["a"]),
    ("Content-Type: text/plain; charset=utf-16\r\nContent-Length: 1\r\n\r\na", ["a"]),
    ("Content-Length: 1\r\nContent-Type: x\r\n\r\na", ["a"]),
    (
      "c!#$%&'*+.^_`|~9: \u{7E} é\t:\r\nX:\r\ncontent-lengt: 9\r\nContent-Length: 1\r\n\r\na", ["a"]
    ),
    ("Content-Lengths: x\r\nXContent-Length: -1\r\nContent-Length: 1\r\n\r\na", ["a"]),
    // Lengths are in bytes, and a body may contain any text.
    ("Content-Length: 5\r\n\r\né€", ["é€"]), ("Content-Length: 8\r\n\r\n12345678", ["12345678"]),
    ("Content-Length: 4\r\n\r\n\r\n\r\nContent-Length: 1\r\n\r\na", ["\r\n\r\n", "a"]),
    ("Content-Length: 0\r\n\r\nContent-Length: 1\r\n\r\na", ["", "a"]),
    // Blanks before a header are skipped.
    ("\r\n \tContent-Length: 1\r\n\r\na\r\n\r\n\nContent-Length: 1\r\n\r\nb\n ", ["a", "b"]),
    // A body that is too long is reported once, and the next message works.
    ("Content-Length: 9\r\n\r\n123456789Content-Length: 1\r\n\r\na", [nil, "a"]),
    (
      "Content-Length: 19\r\n\r\n1234567890123456789\nContent-Length: 9\r\n\r\n123456789",
      [nil, nil]
    ),
    ("Content-Length: 9223372036854775807\r\n\r\nxxx", [nil]),
    ("Content-Length: 9\r\n\r\n", [nil]),
    // These lengths are not valid.
    ("Content-Length: -1\r\n\r\na", [.refused(.badLength)]),
    ("Content-Length: +1\r\n\r\na", [.refused(.badLength)]),
    ("Content-Length:\r\n\r\na", [.refused(.badLength)]),
    ("Content-Length: \t \r\n\r\na", [.refused(.badLength)]),
    ("Content-Length: 1x\r\n\r\na", [.refused(.badLength)]),
    ("Content-Length: 0x1\r\n\r\na", [.refused(.badLength)]),
    ("Content-Length: 1.0\r\n\r\na", [.refused(.badLength)]),
    ("Content-Length: 1, 1\r\n\r\na", [.refused(.badLength)]),
    ("Content-Length: 1 1\r\n\r\na", [.refused(.badLength)]),
    ("Content-Length: ١\r\n\r\na", [.refused(.badLength)]),
    ("Content-Length: 9223372036854775808\r\n\r\na", [.refused(.badLength)]),
    ("Content-Length: 18446744073709551617\r\n\r\na", [.refused(.badLength)]),
    ("Content-Length: 99999999999999999999\r\n\r\na", [.refused(.badLength)]),
    // A bad length is reported as soon as its line ends, before the rest arrives.
    ("Content-Length: x\n", [.refused(.badLength)]),
    ("Content-Length: 1\r\nContent-Length: 1\r\n\r\na", [.refused(.secondLength)]),
    ("Content-Length: 1\r\nX: 1\r\ncontent-length: 2\r\n\r\na", [.refused(.secondLength)]),
    ("Content-Type: x\r\n\r\nContent-Length: 1\r\n\r\na", [.refused(.noLength)]),
    // These bytes are not a header.
    ("C\r\n\r\n", [.refused(.notAHeader)]), ("C\rX", [.refused(.notAHeader)]),
    ("Content-Length : 1\r\n\r\na", [.refused(.notAHeader)]),
    ("Content-Length: 1\r\n : 2\r\n\r\na", [.refused(.notAHeader)]),
    ("Content-Length: 1\r\n:\r\n\r\na", [.refused(.notAHeader)]),
    ("Content-Length: 1\r\n\r", [.refused(.cut)]),
    ("Content-Length: 1\r\n\rX", [.refused(.notAHeader)]),
    ("Content-Length: 1\rX: 1\r\n\r\na", [.refused(.notAHeader)]),
    ("Content-Length: 1\r\nX: \0\r\n\r\na", [.refused(.notAHeader)]),
    ("Content-Length: 1\r\nX: \u{7F}", [.refused(.notAHeader)]),
    ("Content-Length: 1\r\n\r\naé", ["a", .refused(.notAHeader)]),
    ("Content-Length: 1\r\n\r\na{", ["a", .refused(.notAHeader)]),
    ("Content-Length: 1\r\n\r\na{}\nContent-Length: 1\r\n\r\nb", ["a", .refused(.notAHeader)]),
    ("Content-Length: 2\r\n\r\n{}}Content-Length: 1\r\n\r\nb", ["{}", .refused(.notAHeader)]),
    // These inputs end too early.
    ("C", [.refused(.cut)]), ("Content-Length: 1", [.refused(.cut)]),
    ("Content-Length: 1\r\n", [.refused(.cut)]), ("Content-Length: 1\r\n\r\n", [.refused(.cut)]),
    ("Content-Length: 8\r\n\r\n1234567", [.refused(.cut)]),
    ("Content-Length: 1\r\n\r\naC", ["a", .refused(.cut)]),
  ]

  @Test("Messages are found whole, at whichever offset the input is split", arguments: rows)
  func splits(_ input: String, _ expected: [Seen]) {
    let bytes = Array(input.utf8)
    for split in 0...bytes.count {
      #expect(frames([bytes[..<split], bytes[split...]]) == expected, "split at \(split)")
    }
  }

  @Test("Messages are found whole if the input arrives a few bytes at a time", arguments: rows)
  func drips(_ input: String, _ expected: [Seen]) {
    for piece in [1, 2, 3, 7] {
      #expect(drip(Array(input.utf8), by: piece) == expected, "\(piece) bytes at a time")
    }
  }

  @Test("A message is returned with its last byte, and a refusal as early as possible")
  func waitsForTheEnd() {
    var framer = Framer(lineBytesMax: 8)
    put("Content-Length: 2\r\n\r\na", &framer)
    #expect(take(&framer) == [])
    put("bContent-Length: 9\r\n\r\n", &framer)
    #expect(take(&framer) == ["ab", nil])
    put("123456789", &framer)
    #expect(take(&framer) == [])
    put("{", &framer)
    #expect(take(&framer) == [.refused(.notAHeader)])
  }

  @Test("After a refusal the framer returns no more frames, even for a valid message")
  func endsWithARefusal() {
    var framer = Framer(lineBytesMax: 8)
    put("Content-Length: 1\n\naContent-Length: x\n\nContent-Length: 1\n\nb", &framer)
    #expect(take(&framer) == ["a", .refused(.badLength)])
    put("Content-Length: 1\n\nb", &framer)
    #expect(take(&framer) == [])
    #expect(take(&framer, isAtEnd: true) == [])
  }

  @Test("A header of 8 KiB is accepted and a longer one refused, in any pieces")
  func limitsHeaders() {
    let rest = "\nContent-Length: 1\r\n\r\n"
    for (extra, expected) in [(0, Seen.message("a")), (1, .refused(.tooLong))] {
      let count = HeaderBlock.headerBytesMax - rest.utf8.count - 2 + extra
      let input = Array(("C:" + String(repeating: "x", count: count) + rest + "a").utf8)
      #expect(input.count == HeaderBlock.headerBytesMax + 1 + extra)
      for piece in [64, 8191, 8192, 8193, 10_000] {
        #expect(drip(input, by: piece) == [expected], "\(piece) bytes at a time")
      }
    }
    // A header without an end is refused at the same size.
    var framer = Framer(lineBytesMax: 8)
    put(String(repeating: "C", count: HeaderBlock.headerBytesMax - 1), &framer)
    #expect(take(&framer) == [])
    put("C", &framer)
    #expect(take(&framer) == [.refused(.tooLong)])
  }

  @Test("A body that is too long is not held in memory")
  func dropsLongBodies() {
    var framer = Framer(lineBytesMax: 1000)
    let megabyte = [UInt8](repeating: 0x78, count: 1 << 20)
    let before = residentKib()
    put("Content-Length: \(256 << 20)\r\n\r\n", &framer)
    #expect(take(&framer) == [nil])
    for _ in 0..<256 {
      put(megabyte, &framer)
      #expect(take(&framer) == [])
    }
    #expect(residentKib() - before < 64 << 10)
    put("Content-Length: 4\r\n\r\nnext", &framer)
    #expect(take(&framer) == ["next"])
  }

  @Test("Messages can be returned again, from any mark since the latest input")
  func rewinds() {
    var framer = Framer(lineBytesMax: 8)
    put("Content-Length: 9\n\n12345", &framer)
    #expect(take(&framer) == [nil])
    put("6789Content-Length: 1\n\naContent-Length: 9\n\n123456789C:\n\n", &framer)
    let start = framer.mark
    #expect(take(&framer, count: 1) == ["a"])
    let second = framer.mark
    #expect(take(&framer) == [nil, .refused(.noLength)])
    framer.rewind(to: second)
    #expect(take(&framer) == [nil, .refused(.noLength)])
    framer.rewind(to: start)
    #expect(take(&framer) == ["a", nil, .refused(.noLength)])

    framer = Framer(lineBytesMax: 8)
    put("Content-Length: 3\n\nab", &framer)
    let beforeHeader = framer.mark
    #expect(take(&framer) == [])
    framer.rewind(to: beforeHeader)
    #expect(take(&framer) == [])
    put("cContent-Length: 1\n\nd", &framer)
    #expect(take(&framer) == ["abc", "d"])
  }

  @Test("Random messages in random pieces are found unchanged")
  func survivesRandomPieces() {
    var random = SeededRandom(seed: 3)
    for _ in 0..<300 {
      var input: [UInt8] = []
      var expected: [Seen] = []
      for _ in 0..<Int.random(in: 0...20, using: &random) {
        let length = Int.random(in: 0...12, using: &random)
        let body = String((0..<length).map { _ in "x\r\n:C ".randomElement(using: &random) ?? " " })
        let end = ["\n", "\r\n"].randomElement(using: &random) ?? ""
        let length8 = body.utf8.count
        input += Array("Content-Length: \(length8)\(end)\(end)\(body)".utf8)
        expected.append(length8 > 8 ? .oversized : .message(body))
      }
      var framer = Framer(lineBytesMax: 8)
      var seen: [Seen] = []
      var rest = input[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...30, using: &random))
        put(Array(piece), &framer)
        rest = rest.dropFirst(piece.count)
        let mark = framer.mark
        let here = take(&framer)
        if Bool.random(using: &random) {
          framer.rewind(to: mark)
          #expect(take(&framer) == here)
        }
        seen += here
      }
      #expect(seen + take(&framer, isAtEnd: true) == expected)
    }
  }

  @Test("The framer reads messages whose headers appendHeader has written")
  func readsWhatItWrites() {
    var out = ByteBuffer()
    let replies = (0..<5000).map {
      "{\"id\":\($0),\"é\":\"\(String(repeating: "x", count: $0 % 99))\"}"
    }
    for reply in replies {
      out.appendHeader(reply.utf8.count)
      out.append(text: reply)
    }
    let bytes = Array(out.bytes)
    #expect(drip(bytes, by: 1 << 20, lineBytesMax: 200) == replies.map { .message($0) })
  }
}
