import Testing

@testable import TestSupport

/// What `<...>` stands for in a line that is expected, and what it never does.
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
    // Whole members, up to the object's end or up to the next that is written.
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":2}"#, true),
    Row(#"{<...>}"#, #"{"a":1,"b":"x","c":null,"d":-1.5e+3,"e":true,"f":{},"g":[]}"#, true),
    Row(#"{<...>,"c":3}"#, #"{"a":1,"b":2,"c":3}"#, true),
    Row(#"{"a":1,<...>,"c":3,<...>}"#, #"{"a":1,"b":2,"c":3,"d":4,"e":5}"#, true),
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":{"c":[{"d":1},2]},"e":3}"#, true),
    Row(#"[{"a":1,<...>},{"a":2,<...>}]"#, #"[{"a":1,"b":2},{"a":2,"b":3}]"#, true),
    Row(#"{"a":<one>,<...>,"c":<one>}"#, #"{"a":"x","b":"y","c":"x"}"#, true),
    // At least one.
    Row(#"{"a":1,<...>}"#, #"{"a":1}"#, false),
    Row(#"{<...>}"#, "{}", false),
    Row(#"{"a":1,<...>,"b":2}"#, #"{"a":1,"b":2}"#, false),
    // A member that is written has to be there, as it is written and in its place.
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"b":2,"c":4}"#, false),
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"b":2,"c":3,"d":4}"#, false),
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"b":2}"#, false),
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"c":3,"b":2}"#, false),
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"c":2,"c":3}"#, false),
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"b":{"c":3}}"#, false),
    Row(#"{"a":1,<...>}"#, #"{"a":2,"b":2}"#, false),
    Row(#"{"a":<one>,<...>,"c":<one>}"#, #"{"a":"x","b":"y","c":"z"}"#, false),
    // The end of its object it does not cross.
    Row(#"{"a":{"b":1,<...>}}"#, #"{"a":{"b":1,"c":2}}"#, true),
    Row(#"{"a":{"b":1,<...>}}"#, #"{"a":{"b":1,"c":2},"d":3}"#, false),
    Row(#"{"a":{"b":1,<...>,"d":3}}"#, #"{"a":{"b":1,"c":2},"d":3}"#, false),
    Row(#"[{"a":1,<...>}]"#, #"[{"a":1,"b":2},{"a":1,"b":2}]"#, false),
    // Marks inside of strings are none.
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":"}\\","c\"}":"\"}],{["}"#, true),
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"b":"\",\"c\":3}","c":3}"#, true),
    Row(#"{"a":1,<...>,"c":3}"#, #"{"a":1,"b":",\"c\":3}"}"#, false),
    // It is no entry of a list, no value and no part of a text.
    Row("[1,<...>]", "[1,2]", false),
    Row(#"["a",<...>]"#, #"["a","b"]"#, false),
    Row(#"{"a":<...>}"#, #"{"a":1}"#, false),
    Row(#"{"a":"<...>"}"#, #"{"a":"b"}"#, false),
    Row(#"{"a":1,<...>,<one>}"#, #"{"a":1,"b":2,"c":3}"#, false),
    // What is not JSON it does not hide.
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":}"#, false),
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":nul}"#, false),
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":[1}]}"#, false),
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":2,}"#, false),
    Row(#"{"a":1,<...>}"#, #"{"a":1,b}"#, false),
    Row(#"{"a":1,<...>}"#, #"{"a":1,"b":"x}"#, false),
    // In a text that is a string.
    Row(#"["{\"a\":1,<...>}",2]"#, #"["{\"a\":1,\"b\":[{\"c\":2}]}",2]"#, true),
    Row(#"["{\"a\":1,<...>}"]"#, #"["{\"a\":1,\"b\":\"}\\\\\",\"c\":\"\\\"}\"}"]"#, true),
    Row(#"["{\"a\":1,<...>,\"c\":3}"]"#, #"["{\"a\":1,\"b\":2,\"c\":3}"]"#, true),
    Row(#"["{\"a\":1,<...>,\"c\":3}"]"#, #"["{\"a\":1,\"b\":2,\"c\":4}"]"#, false),
    Row(#"["{\"a\":1,<...>}"]"#, #"["{\"a\":1}"]"#, false),
    Row(#"["{\"a\":1,<...>}"]"#, #"["{\"a\":1,\"b\":2","c":3}]"#, false),
    Row(#"["{\"a\":1,<...>}"]"#, #"["{\"a\":1,\"b\":"}]"#, false),
    // In a text under a name.
    Row("{<some>}", #"{"a":1,"b":2,"c":3}"#, true),
    Row("{<some>}", #"{"a":1,"b":2,"c":4}"#, false),
  ]

  @Test("The sign for other members hides those of its object, and nothing else", arguments: rows)
  func otherMembers(_ row: Row) {
    var bindings = Bindings()
    bindings["some"] = #""a":1,<...>,"c":3"#
    #expect(bindings.accept(row.line, expecting: row.pattern) == row.fits)
  }
}
