import JSON
import TestSupport
import Testing

/// Writing values, and the buffer that holds them.
@Suite struct WriterTests {
  @Test(
    "Only characters that are not allowed in strings, and line separators, are escaped",
    arguments: [
      ("", #""""#), ("abc", #""abc""#), ("\"\\/", #""\"\\/""#),
      ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#), ("\u{0}\u{1}\u{1F}", #""\u0000\u0001\u001f""#),
      ("\u{7F}\u{80}é€😀\u{2027}", "\"\u{7F}\u{80}é€😀\u{2027}\""),
      // JSON allows these as they are, but many readers end a line at them.
      ("\u{85}\u{2028}x\u{2029}", #""\u0085\u2028x\u2029""#),
      ("1234567\u{2028}12345678\u{85}", #""1234567\u202812345678\u0085""#),
      ("12345678\n", #""12345678\n""#), ("1234567\"", #""1234567\"""#),
      ("\"12345678\"", #""\"12345678\"""#),
    ])
  func escapes(_ content: String, _ literal: String) {
    #expect(written { $0.write(content) } == literal)
  }

  /// The escapes, one character after the other.
  private func escaped(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case "\u{8}": "\\b"
      case "\t": "\\t"
      case "\n": "\\n"
      case "\u{C}": "\\f"
      case "\r": "\\r"
      case "\u{0}"..<" ", "\u{85}", "\u{2028}", "\u{2029}":
        "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : scalar.value < 256 ? 2 : 0)
          + String(scalar.value, radix: 16)
      default: String(scalar)
      }
    }.joined()
  }

  /// Checks the ways to write `content`, also from bytes in the buffer itself, which may have to grow.
  private func checkEscapes(_ content: String) {
    let expected = escaped(content)
    #expect(written { $0.write(content) } == "\"\(expected)\"", "\(content.debugDescription)")
    var out = ByteBuffer(capacity: 64)
    out.append(text: content)
    out.append(escapingOwn: 0..<out.count)
    #expect(out.string == content + expected, "\(content.debugDescription)")
  }

  @Test("Each character is escaped alike at each place of a word, in texts of each length")
  func escapesEverywhere() {
    let scalars =
      (0..<0x100).map { Unicode.Scalar(UInt8($0)) } + ["€", "\u{2027}", "\u{2028}", "😀"]
    for scalar in scalars {
      for before in 0...9 {
        for after in [0, 1, 7, 8] {
          let (start, end) = (
            String(repeating: "a", count: before), String(repeating: "z", count: after)
          )
          checkEscapes(start + String(scalar) + end)
        }
      }
    }
  }

  @Test("Several escapes in one word, and characters across two words, are written rightly")
  func escapesTogether() {
    var random = SeededRandom(seed: 11)
    let scalars: [Unicode.Scalar] = [
      "\"", "\\", "a", "b", "\n", "\u{1}", "é", "\u{85}", "\u{2028}", "–",
    ]
    for _ in 0..<5000 {
      let count = Int.random(in: 0...40, using: &random)
      var content = String.UnicodeScalarView()
      for _ in 0..<count { content.append(scalars.randomElement(using: &random) ?? "a") }
      checkEscapes(String(content))
    }
  }

  @Test("A written string is parsed as the same string, for many characters and offsets")
  func readsBack() throws {
    for code in [
      0..<0x300, 0xD7F0..<0xD800, 0xE000..<0xE010, 0xFFF0..<0x10010, 0x10FFF0..<0x110000,
    ] {
      for scalar in code.compactMap({ Unicode.Scalar(UInt32($0)) }) {
        let shift = Int(scalar.value % 9)
        let content = String(repeating: "x", count: shift) + String(scalar) + "y"
        let literal = written { $0.write(content) }
        try withJSON(literal) { value in
          #expect(value.string?.unicodeScalars.elementsEqual(content.unicodeScalars) == true)
        }
      }
    }
  }

  @Test(
    "Integers and booleans are written as in JSON",
    arguments: [
      (0, "0"), (7, "7"), (-7, "-7"), (10, "10"), (-100, "-100"), (.max, "9223372036854775807"),
      (.min, "-9223372036854775808"),
    ])
  func writesNumbers(_ number: Int, _ text: String) {
    #expect(written { $0.write(number) } == text)
    #expect(written { $0.write(true) } + written { $0.write(false) } == "truefalse")
  }

  @Test("Commas are written only between members and between elements")
  func separates() {
    let text = written { out in
      out.append("{")
      out.field("a")
      out.append("[")
      for number in 1...3 {
        out.element()
        out.write(number)
      }
      out.append("]")
      out.field("\"b\"" as String)
      out.append("{")
      out.append("}")
      out.field("c")
      out.append("null")
      out.append("}")
    }
    #expect(text == #"{"a":[1,2,3],"\"b\"":{},"c":null}"#)
  }

  @Test("A buffer keeps its bytes through growth, truncation and removal")
  func buffers() {
    var buffer = ByteBuffer(capacity: 1)
    var model: [UInt8] = []
    var random = SeededRandom(seed: 7)
    for _ in 0..<2000 {
      switch Int.random(in: 0..<6, using: &random) {
      case 0:
        let count = Int.random(in: 0...buffer.count, using: &random)
        buffer.truncate(to: count)
        model.removeLast(model.count - count)
      case 1:
        let count = Int.random(in: 0...min(buffer.count, 40), using: &random)
        buffer.removeFirst(count)
        model.removeFirst(count)
      case 2:
        let filled = buffer.fill(100) { space in
          for at in 0..<10 { space[at] = UInt8(at) }
          return 10
        }
        #expect(filled == 10)
        model += 0..<10
      default:
        let bytes = (0..<Int.random(in: 0...50, using: &random)).map { UInt8($0) }
        buffer.append(contentsOf: bytes)
        model += bytes
      }
      #expect(buffer.count == model.count)
    }
    #expect(Array(buffer.bytes) == model)
    buffer.reset(keeping: 64)
    #expect(buffer.count == 0)
  }
}
