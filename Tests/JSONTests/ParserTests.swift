import JSON
import Testing

/// The texts that the parser accepts (RFC 8259, strictly), and those that it refuses.
@Suite struct ParserTests {
  @Test(
    "A valid text is accepted",
    arguments: [
      "0", "-0", "1", "-1", "1.5", "1e5", "1E+5", "1e-05", "0e0", "-0.0e-0", "1.0000",
      "123456789012345678901234567890", "1e999999", "null", "true", "false", "\"\"", "\"a\"",
      "[]", "{}", "[ ]", "{ }", "[1,2]", "[[[]]]", "{\"\":1}", "{\"a\":{\"b\":[{}]}}",
      " \t\r\n 1 \t\r\n ", "[\n1\r,\t2 ]", "{ \"a\" : 1 , \"b\" : 2 }", "{\"a\":1,\"a\":2}",
      #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u00e9\uD83D\ude00\uFFFF""#, "\"é€😀\"", "\"\u{7F}\"",
      "\"\u{2028}\u{FFFF}\u{10FFFF}\u{FEFF}\"", "\"01234567\"", "\"012345678901234567890123é\"",
    ])
  func accepts(_ text: String) { #expect(refusal(of: Array(text.utf8)) == nil) }

  @Test(
    "A text that is not JSON is refused",
    arguments: [
      "", " ", "\n", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[", "]", "[1", "[1,", "[}", "{]",
      "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{a:1}", "{1:1}",
      "{'a':1}", "{\"a\":1 \"b\":2}", "{null:1}", "01", "-01", "00", "1.", ".5", "1.e5", "1e",
      "1e+",
      "+1", "-", "--1", "0x10", "1_000", "1,000", "NaN", "Infinity", "-Infinity", "nan", "nul",
      "nulll", "True", "TRUE", "tru", "truefalse", "undefined", "1 2", "1]", "{}{}", "[] x", "//",
      "1 // one", "/* one */ 1", "\"", "\"a", "\"\\\"", "\"\\", "\"\\u", "\"\\u1\"", "\"\\u12G4\"",
      "\"\\x41\"", "\"\\a\"", "\"\\U0041\"", "\"\\'\"", "'a'", "\"a\nb\"", "\"a\tb\"", "\"\u{1F}\"",
      "\"\u{0}\"", "\u{0}", "\u{FEFF}1", "\u{FEFF}", "\u{A0}1", "\u{B}1", "\u{C}1", "1\u{0}",
      "\u{2028}1", "`a`", "$", "#", "\\u0031",
    ])
  func refuses(_ text: String) { #expect(refusal(of: Array(text.utf8)) != nil) }

  @Test(
    "A lone surrogate is refused",
    arguments: [
      #""\ud800""#, #""\udbff""#, #""\udc00""#, #""\udfff""#, #""\ud800x""#, #""\ud800\n""#,
      #""\ud800\u0041""#, #""\ud800\ud800""#, #""\udc00\ud800""#, #""\ud83d\uDE0""#,
      #""\ud800\\udc00""#,
    ])
  func refusesLoneSurrogates(_ text: String) { #expect(refusal(of: Array(text.utf8)) != nil) }

  /// Bytes between quotes. The valid ones are the first and last of each length of UTF-8.
  @Test(
    "UTF-8 is validated as in RFC 3629",
    arguments: [
      ([0xC2, 0x80], true), ([0xDF, 0xBF], true), ([0xE0, 0xA0, 0x80], true),
      ([0xED, 0x9F, 0xBF], true), ([0xEE, 0x80, 0x80], true), ([0xEF, 0xBF, 0xBF], true),
      ([0xF0, 0x90, 0x80, 0x80], true), ([0xF4, 0x8F, 0xBF, 0xBF], true),
      ([0x80], false), ([0xBF], false), ([0xC0, 0x80], false), ([0xC1, 0xBF], false),
      ([0xE0, 0x9F, 0xBF], false), ([0xED, 0xA0, 0x80], false), ([0xED, 0xBF, 0xBF], false),
      ([0xF0, 0x8F, 0xBF, 0xBF], false), ([0xF4, 0x90, 0x80, 0x80], false),
      ([0xF5, 0x80, 0x80, 0x80], false), ([0xFE], false), ([0xFF], false), ([0xC2], false),
      ([0xC2, 0x41], false), ([0xC2, 0xC2], false), ([0xE2, 0x82], false),
      ([0xE2, 0x28, 0xA1], false), ([0xE2, 0x82, 0x28], false), ([0xF0, 0x9F, 0x98], false),
      ([0xF0, 0x28, 0x8C, 0xBC], false), ([0xF8, 0x88, 0x80, 0x80, 0x80], false),
    ] as [([UInt8], Bool)])
  func checksUTF8(_ bytes: [UInt8], _ isValid: Bool) {
    // At every offset within the eight bytes that the parser examines together.
    for shift in 0..<9 {
      let text = [0x22] + [UInt8](repeating: 0x61, count: shift) + bytes + [0x22]
      #expect((refusal(of: text) == nil) == isValid, "shifted by \(shift)")
    }
  }

  @Test("Bytes that are not ASCII are refused outside of strings")
  func refusesBytesOutsideStrings() {
    for bytes: [UInt8] in [
      [0xFF], [0x31, 0xFF], [0x5B, 0xC3, 0xA9, 0x5D], [0xEF, 0xBB, 0xBF, 0x31],
    ] {
      #expect(refusal(of: bytes) != nil, "\(bytes)")
    }
  }

  @Test("Nesting of 128 is accepted, of 129 refused", arguments: ["[]", "{}"])
  func limitsDepth(_ kind: String) {
    let isArray = kind == "[]"
    func nested(_ depth: Int) -> [UInt8] {
      let opening = isArray ? "[" : "{\"a\":"
      let closing = isArray ? "]" : "}"
      let inner = isArray ? "" : "1"
      return Array(
        (String(repeating: opening, count: depth) + inner
          + String(repeating: closing, count: depth)).utf8)
    }
    #expect(refusal(of: nested(128)) == nil)
    #expect(refusal(of: nested(129))?.reason == "nesting deeper than 128")
    #expect(refusal(of: Array(String(repeating: "[", count: 1_000_000).utf8)) != nil)
  }

  @Test("Many elements side by side do not count as nesting")
  func breadthIsNotDepth() {
    let broad = "[" + Array(repeating: "[]", count: 100_000).joined(separator: ",") + "]"
    #expect(refusal(of: Array(broad.utf8)) == nil)
  }

  @Test(
    "The offset of a syntax error is in bytes",
    arguments: [
      ("[1,]", 3), ("01", 1), ("\"é\u{1}\"", 3), ("", 0), ("[1", 2), ("{\"a\":tru}", 5),
      ("{\"a\" 1}", 5), ("1 2", 2), ("\"\\q\"", 1),
    ])
  func reportsOffset(_ text: String, _ offset: Int) {
    #expect(refusal(of: Array(text.utf8))?.offset == offset)
  }

  @Test("Every proper prefix and every proper suffix of an object is refused")
  func refusesParts() {
    let text = Array(#"{"a":[1.5e-7,"\u00e9\"é",null,{"b":true}],"c":{}}"#.utf8)
    #expect(refusal(of: text) == nil)
    for end in text.indices { #expect(refusal(of: Array(text[..<end])) != nil, "\(end)") }
    // The closing brace at the end has lost its opening brace.
    for start in text.indices.dropFirst() { #expect(refusal(of: Array(text[start...])) != nil) }
  }

  @Test("A parser can be used again, also after an invalid or a large text")
  func canBeUsedAgain() throws {
    var parser = JSONParser()
    let large = Array(
      ("[" + Array(repeating: "1", count: 50_000).joined(separator: ",") + "]").utf8)
    for _ in 0..<3 {
      let count = try large.withUnsafeBufferPointer { try parser.parse($0).count }
      #expect(count == 50_000)
      for text in ["[1,", "\"", "nul"] {
        let broken = Array(text.utf8)
        #expect(throws: JSONSyntaxError.self) {
          _ = try broken.withUnsafeBufferPointer { try parser.parse($0).count }
        }
      }
      let small = Array("[1,[2,3]]".utf8)
      #expect(try small.withUnsafeBufferPointer { try parser.parse($0).count } == 2)
    }
  }

  @Test("A byte is allowed in a string or not at each place of a word")
  func bytesInStrings() {
    for byte in UInt8.min...0x7F where byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") {
      for before in 0...17 {
        for after in [0, 9] {
          let text =
            [UInt8(ascii: "\"")] + Array(repeating: UInt8(ascii: "a"), count: before) + [byte]
            + Array(repeating: UInt8(ascii: "z"), count: after)
            + [UInt8(ascii: "\"")]
          #expect((refusal(of: text) == nil) == (byte >= 0x20), "\(byte) after \(before)")
        }
      }
    }
  }

  @Test("A string ends at its quote at each place of a word, also after other characters")
  func endsOfStrings() throws {
    for before in 0...17 {
      for text in ["", "é", "\\\"", "\\\\", "\u{7F}"] {
        let content = String(repeating: "a", count: before) + text
        try withJSON("[\"\(content)\",\"\(content)\"]") { value in
          #expect(
            value.elements.map { String(decoding: $0.raw, as: UTF8.self) } == [content, content])
        }
      }
    }
  }
}
