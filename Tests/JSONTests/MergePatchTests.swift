import JSON
import Testing

/// JSON merge patch (RFC 7396).
@Suite struct MergePatchTests {
  /// RFC 7396, appendix A, row by row.
  @Test(
    "A merge gives the results of the examples in RFC 7396",
    arguments: [
      (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
      (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
      (#"{"a":"b"}"#, #"{"a":null}"#, "{}"),
      (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
      (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
      (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
      (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
      (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
      (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
      (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
      (#"{"a":"foo"}"#, "null", "null"),
      (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
      (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
      ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
      ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ])
  func mergesAsTheRFC(_ target: String, _ patch: String, _ expected: String) throws {
    try check(target, patch, expected)
  }

  @Test(
    "Members keep their order, numbers their digits, and names are compared by content",
    arguments: [
      (
        #"{"n":1.50,"big":123456789012345678901234567890}"#, #"{"x":1E+2}"#,
        #"{"n":1.50,"big":123456789012345678901234567890,"x":1E+2}"#
      ),
      (#"{"a":1,"b":2,"c":3}"#, #"{"b":null,"a":9}"#, #"{"a":9,"c":3}"#),
      (#"{"a":1,"b":2}"#, #"{"d":1,"a":null,"c":1}"#, #"{"b":2,"d":1,"c":1}"#),
      (#"{"\u0061":1}"#, #"{"a":2}"#, #"{"a":2}"#),
      (#"{"a":1}"#, #"{"\u0061":null}"#, "{}"),
      (#"{"a":{"x":1}}"#, "{}", #"{"a":{"x":1}}"#),
      (#"{"a":1}"#, #"{"a":{"b":null,"c":[null]}}"#, #"{"a":{"c":[null]}}"#),
      (#"{"a":"{"}"#, #"{"b":"{"}"#, #"{"a":"{","b":"{"}"#),
      // Names that only look the same differ.
      (#"{"\u00e9":1}"#, #"{"e\u0301":null}"#, "{\"\u{E9}\":1}"),
      (#"{"\u00e9":1}"#, #"{"e\u0301":2}"#, "{\"\u{E9}\":1,\"e\u{301}\":2}"),
    ])
  func keepsText(_ target: String, _ patch: String, _ expected: String) throws {
    try check(target, patch, expected)
  }

  /// An equal value is not a change, so the spelling of the target stays.
  @Test(
    "A patch with the same value in another spelling changes nothing",
    arguments: [
      (#"{"n":1.0}"#, #"{"n":1}"#), (#"{"n":100}"#, #"{"n":1E+2}"#), (#"{"n":0}"#, #"{"n":-0.00}"#),
      (#"{"n":1.50}"#, #"{"n":150e-2}"#), (#"{"n":-10}"#, #"{"n":-1e1}"#),
      (#"{"n":1e-400}"#, #"{"n":0.1e-399}"#), (#"{"n":0}"#, #"{"n":0e99999999999999999999}"#),
      (#"{"s":"é/"}"#, #"{"s":"\u00e9\/"}"#), (#"{"s":"😀"}"#, #"{"s":"\uD83D\uDE00"}"#),
      (#"{"a":[1,{"b":2.0,"c":null}]}"#, #"{"a":[1.0,{"c":null,"b":2}]}"#),
      (#"{"a":1,"b":{"c":2,"d":3}}"#, #"{ "b" : {"d":3, "c":2}, "a":1 }"#),
    ])
  func staysAsItIs(_ target: String, _ patch: String) throws { try check(target, patch, target) }

  @Test(
    "A patch with a different value changes the target",
    arguments: [
      (#"{"n":9007199254740993}"#, #"{"n":9007199254740992}"#), (#"{"n":1e400}"#, #"{"n":1e401}"#),
      (#"{"n":1}"#, #"{"n":-1}"#), (#"{"n":0.1}"#, #"{"n":0.10000000000000000001}"#),
      (#"{"n":1}"#, #"{"n":"1"}"#), (#"{"a":[1,2]}"#, #"{"a":[2,1]}"#),
      (#"{"a":[1]}"#, #"{"a":[1,1]}"#),
      (#"{"a":[{"b":1}]}"#, #"{"a":[{"b":1,"c":2}]}"#),
      (#"{"a":[{"b":1,"c":2}]}"#, #"{"a":[{"b":1}]}"#),
      ("{\"a\":\"\u{E9}\"}", "{\"a\":\"e\u{301}\"}"), (#"{"a":true}"#, #"{"a":false}"#),
    ])
  func isChanged(_ target: String, _ patch: String) throws {
    try withJSON(target) { target in
      try withJSON(patch) { patch in
        let merged = written { $0.append(merging: patch, into: target) }
        #expect(Array(merged.utf8) == Array(written { $0.append(compact: patch) }.utf8))
      }
    }
  }

  @Test("Without a target the result is the patch without its nulls")
  func mergesIntoNothing() throws {
    try withJSON(#"{"a":null,"b":{"c":null,"d":1}}"#) { patch in
      #expect(written { $0.append(merging: patch, into: nil) } == #"{"b":{"d":1}}"#)
    }
  }

  private func check(_ target: String, _ patch: String, _ expected: String) throws {
    try withJSON(target) { target in
      try withJSON(patch) { patch in
        #expect(written { $0.append(merging: patch, into: target) } == expected)
      }
    }
  }
}
