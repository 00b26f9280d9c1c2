import JSON
import Testing

/// Reading values out of a parsed text.
@Suite struct ValueTests {
  @Test(
    "A string is decoded from its escapes",
    arguments: [
      (#""""#, ""), (#""abc""#, "abc"), (#""\"\\\/""#, "\"\\/"),
      (#""\b\f\n\r\t""#, "\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"),
      (#""\ud83d\ude00!""#, "😀!"), (#""\u0000""#, "\u{0}"),
      (#""\uffff\ufeff""#, "\u{FFFF}\u{FEFF}"),
      (#""\\u0041""#, "\\u0041"), (#""é\n😀""#, "é\n😀"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
    ])
  func unescapes(_ text: String, _ content: String) throws {
    try withJSON(text) { value in
      #expect(value.string?.unicodeScalars.elementsEqual(content.unicodeScalars) == true)
    }
  }

  @Test(
    "A number is an Int if it is whole and fits",
    arguments: [
      ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("50.0", 50), ("50.000", 50), ("-1.0", -1),
      ("9223372036854775807", .max), ("-9223372036854775808", .min),
      ("9223372036854775808", nil), ("-9223372036854775809", nil),
      ("100000000000000000000", nil), ("1.5", nil), ("0.1", nil), ("1e2", 100), ("1E0", 1),
      ("1.0e0", 1), ("1e+05", 100_000), ("10e-1", 1), ("-2.50E1", -25), ("1.25e1", nil),
      ("1e-1", nil), ("0e999999999999999999999", 0), ("1e999999999999999999999", nil),
      ("1e-999999999999999999999", nil), ("100000000000000000000e-2", 1_000_000_000_000_000_000),
      ("9223372036854775807.0", .max), ("9.223372036854775808e18", nil), ("1e19", nil),
      ("-9.223372036854775808e18", .min), ("1.00000000000000000000001", nil), ("\"1\"", nil),
      ("true", nil),
      ("null", nil), ("[1]", nil),
    ] as [(String, Int?)])
  func convertsNumbers(_ text: String, _ expected: Int?) throws {
    try withJSON(text) { #expect($0.int == expected) }
  }

  @Test("A value has exactly one kind")
  func hasOneKind() throws {
    let rows: [(String, JSONKind)] = [
      ("null", .null), ("true", .true), ("false", .false), ("1", .number), ("\"1\"", .string),
      ("[]", .array), ("{}", .object),
    ]
    for (text, kind) in rows {
      try withJSON(text) { value in
        #expect(value.kind == kind)
        #expect((value.string != nil) == (kind == .string))
        #expect((value.bool != nil) == (kind == .true || kind == .false))
        #expect(value.count == 0)
        #expect(Array(value.elements).isEmpty && Array(value.fields).isEmpty)
      }
    }
  }

  @Test(
    "A value's text is its source, byte for byte",
    arguments: [
      "123456789012345678901234567890", "1.50", "-0", "1E+2", #""\u0041\/""#, "[1, 2]", "{ }",
      "null",
    ])
  func keepsText(_ text: String) throws {
    try withJSON("[" + text + "]") { value in
      let element = try #require(Array(value.elements).first)
      #expect(String(decoding: element.text, as: UTF8.self) == text)
    }
  }

  @Test("Members and elements are visited in order, whatever is nested in them")
  func walks() throws {
    try withJSON(#"{"a":[1,{"x":[2]},"y"],"b":{"c":{"d":1}},"e":null}"#) { value in
      #expect(value.fields.map { $0.key.string } == ["a", "b", "e"])
      #expect(value.count == 3)
      let list = try #require(value.field("a"))
      #expect(list.elements.map(\.kind) == [.number, .object, .string])
      #expect(value.field("b")?.field("c")?.field("d")?.int == 1)
      #expect(value.field("d") == nil)
    }
  }

  @Test("A member is found by the content of its name, however the name is spelled")
  func findsMembers() throws {
    try withJSON(#"{"\u0061\u0062":1,"abc":2,"12345678":3,"12345679":4}"#) { value in
      #expect(value.field("ab")?.int == 1)
      #expect(value.field("abc")?.int == 2)
      #expect(value.field("12345679")?.int == 4)
      #expect(value.field("a") == nil)
      #expect(value.field("AB") == nil)
      #expect(value.field("1234567") == nil)
    }
  }

  @Test(
    "The compact form omits white space and keeps the spelling of tokens",
    arguments: [
      (" [ 1 , 2.50 , \"a b\" ] ", "[1,2.50,\"a b\"]"), ("{ \"a\" : { } }", "{\"a\":{}}"),
      (#"{"\u0061":"\/","b":[{},[],null]}"#, #"{"\u0061":"\/","b":[{},[],null]}"#),
      ("{\"a\":\"{\",\"b\":\"[\"}", "{\"a\":\"{\",\"b\":\"[\"}"),
      ("[\"{\",\"[\",\"{\"]", "[\"{\",\"[\",\"{\"]"), (" 1e5 ", "1e5"),
    ])
  func compacts(_ text: String, _ compact: String) throws {
    try withJSON(text) { value in
      #expect(written { $0.append(compact: value) } == compact)
    }
  }

  @Test("Depth counts objects and arrays", arguments: [("1", 0), ("[]", 1), ("[{},[[1]]]", 3)])
  func countsDepth(_ text: String, _ depth: Int) throws {
    try withJSON(text) { #expect($0.depth == depth) }
  }
}
