import JSON
import Testing

/// JSON merge patch.
@Suite struct MergePatchTests {
  /// RFC 7396, appendix A, row by row.
  @Test(
    "The examples of RFC 7396 come out",
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
    "What stays keeps its text and its place",
    arguments: [
      (
        #"{"n":1.50,"big":123456789012345678901234567890}"#, #"{"x":1E+2}"#,
        #"{"n":1.50,"big":123456789012345678901234567890,"x":1E+2}"#
      ),
      (#"{"a":1,"b":2,"c":3}"#, #"{"b":null,"a":9}"#, #"{"a":9,"c":3}"#),
      (#"{"a":1,"b":2}"#, #"{"d":1,"a":null,"c":1}"#, #"{"b":2,"d":1,"c":1}"#),
      (#"{"\u0061":1}"#, #"{"a":2}"#, #"{"\u0061":2}"#),
      (#"{"a":1}"#, #"{"\u0061":null}"#, "{}"),
      (#"{"a":{"x":1}}"#, "{}", #"{"a":{"x":1}}"#),
      (#"{"a":1}"#, #"{"a":{"b":null,"c":[null]}}"#, #"{"a":{"c":[null]}}"#),
      (#"{"a":"{"}"#, #"{"b":"{"}"#, #"{"a":"{","b":"{"}"#),
      // Names that only look the same are two.
      (#"{"\u00e9":1}"#, #"{"e\u0301":null}"#, #"{"\u00e9":1}"#),
      (#"{"\u00e9":1}"#, #"{"e\u0301":2}"#, #"{"\u00e9":1,"e\u0301":2}"#),
    ])
  func keepsText(_ target: String, _ patch: String, _ expected: String) throws {
    try check(target, patch, expected)
  }

  @Test("Without a target the patch loses its nulls")
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
