import Testing

@testable import TestSupport

/// What `<...>` matches in an expected line, and what it does not match.
@Suite struct TranscriptSignTests {
  struct Row: CustomTestStringConvertible {
    let pattern: String
    let line: String
    let fits: Bool

    init(_ pattern: String, _ line: String, _ fits: Bool) {
      (self.pattern, self.line, self.fits) = (pattern, line, fits)
    }

    var testDescription: String { "\(pattern) \(fits ? "is" : "is not") \(line)" }
  }

  static let rows = [
    // Whole members, up to the end of the object or to the next member in the pattern.
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":2}"#, true),
    Row(#"{<...>}"#, #"{"a":1,"b":"x","c":null,"d":-1.5e+3,"e":true,"f":{},"g":[]}"#, true),
    Row(#"{<...>,"c":3}"#, #"{"a":1,"b":2,"c":3}"#, true),
    Row(#"{"a":1,<...>,"c":3,<...>}"#, #"{"a":1,"b":2,"c":3,"d":4,"e":5}"#, true),
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":{"c":[{"d":1},2]},"e":3}"#, true),
    Row(#"[{"a":1,<...>},{"a":2,<...>}]"#, #"[{"a":1,"b":2},{"a":2,"b":3}]"#, true),
    Row(#"{"a":<one>,<...>,"c":<one>}"#, #"{"a":"x","b":"y","c":"x"}"#, true),
    // At least one member.
    Row(#"{"a":1,<...>}"#, #"{"a":1}"#, false),
    Row(#"{<...>}"#, "{}", false),
    Row(#"{"a":1,<...>,"b":2}"#, #"{"a":1,"b":2}"#, false),
    // A member in the pattern must be in the line, with the same value and in the same order.
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"b":2,"c":4}"#, false),
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"b":2,"c":3,"d":4}"#, false),
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"b":2}"#, false),
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"c":3,"b":2}"#, false),
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"c":2,"c":3}"#, false),
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"b":{"c":3}}"#, false),
    Row(#"{"a":1,<...>}"#, #"{"a":2,"b":2}"#, false),
    Row(#"{"a":<one>,<...>,"c":<one>}"#, #"{"a":"x","b":"y","c":"z"}"#, false),
    // It does not match beyond the end of its object.
    Row(#"{"a":{"b":1,<...>}}"#, #"{"a":{"b":1,"c":2}}"#, true),
    Row(#"{"a":{"b":1,<...>}}"#, #"{"a":{"b":1,"c":2},"d":3}"#, false),
    Row(#"{"a":{"b":1,<...>,"d":3}}"#, #"{"a":{"b":1,"c":2},"d":3}"#, false),
    Row(#"[{"a":1,<...>}]"#, #"[{"a":1,"b":2},{"a":1,"b":2}]"#, false),
    // Brackets, commas and quotes inside strings are ordinary text.
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":"}\\","c\"}":"\"}],{["}"#, true),
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"b":"\",\"c\":3}","c":3}"#, true),
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"b":",\"c\":3}"}"#, false),
    // It does not match an element of an array, a value, or part of a text.
    Row("[1,<...>]", "[1,2]", false),
    Row(#"["a",<...>]"#, #"["a","b"]"#, false),
    Row(#"{"a":<...>}"#, #"{"a":1}"#, false),
    Row(#"{"a":"<...>"}"#, #"{"a":"b"}"#, false),
    Row(#"{"a":1,<...>,<one>}"#, #"{"a":1,"b":2,"c":3}"#, false),
    // It does not match text that is not JSON.
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":}"#, false),
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":nul}"#, false),
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":[1}]}"#, false),
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":2,}"#, false),
    Row(#"{"a":1,<...>}"#, #"{"a":1,b}"#, false),
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":"x}"#, false),
    // In JSON text inside a string.
    Row(#"["{\"a\":1,<...>}",2]"#, #"["{\"a\":1,\"b\":[{\"c\":2}]}",2]"#, true),
    Row(#"["{\"a\":1,<...>}"]"#, #"["{\"a\":1,\"b\":\"}\\\\\",\"c\":\"\\\"}\"}"]"#, true),
    Row(#"["{\"a\":1,<...>,\"c\":3}"]"#, #"["{\"a\":1,\"b\":2,\"c\":3}"]"#, true),
    Row(#"["{\"a\":1,<...>,\"c\":3}"]"#, #"["{\"a\":1,\"b\":2,\"c\":4}"]"#, false),
    Row(#"["{\"a\":1,<...>}"]"#, #"["{\"a\":1}"]"#, false),
    Row(#"["{\"a\":1,<...>}"]"#, #"["{\"a\":1,\"b\":2","c":3}]"#, false),
    Row(#"["{\"a\":1,<...>}"]"#, #"["{\"a\":1,\"b\":"}]"#, false),
    // In a text that a name stands for.
    Row("{<some>}", #"{"a":1,"b":2,"c":3}"#, true),
    Row("{<some>}", #"{"a":1,"b":2,"c":4}"#, false),
  ]

  @Test("<...> matches the other members of its object, and nothing else", arguments: rows)
  func otherMembers(_ row: Row) {
    var bindings = Bindings()
    bindings["some"] = #""a":1,<...>,"c":3"#
    #expect(bindings.accept(row.line, expecting: row.pattern) == row.fits)
  }
}
