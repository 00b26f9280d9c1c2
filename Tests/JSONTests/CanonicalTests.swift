import JSON
import TestSupport
import Testing

/// The canonical form, which is the same for all texts with the same value.
@Suite struct CanonicalTests {
  private func canonical(_ text: String) throws -> String {
    try withJSON(text) { value in written { $0.append(canonical: value) } }
  }

  @Test(
    "Texts with the same value have one canonical form",
    arguments: [
      (["null", " null "], "null"),
      (["[1,2]", "[ 1 ,\n2 ]"], "[1,2]"),
      (
        [#"{"a":1,"b":2}"#, #"{"b":2,"a":1}"#, #" { "b" : 2 , "\u0061" : 1 } "#], #"{"a":1,"b":2}"#
      ),
      ([#""é/\u0009""#, #""\u00e9\/\t""#, #""é\u002f\t""#], #""é/\t""#),
      ([#""😀""#, #""\ud83d\ude00""#], #""😀""#),
      ([#"{"a":{"d":[],"c":{}}}"#, #"{"a":{"c":{ },"d":[ ]}}"#], #"{"a":{"c":{},"d":[]}}"#),
      ([#"[{"b":1,"a":2},{"a":2,"b":1}]"#], #"[{"a":2,"b":1},{"a":2,"b":1}]"#),
      ([#"{"":1,"é":2,"z":3,"Z":4}"#, #"{"Z":4,"z":3,"é":2,"":1}"#], #"{"":1,"Z":4,"z":3,"é":2}"#),
      ([#"{"ab":1,"a":2,"b":3}"#], #"{"a":2,"ab":1,"b":3}"#),
      (["[{},[],null,true,false]"], "[{},[],null,true,false]"),
    ])
  func sameForm(texts: [String], form: String) throws {
    for text in texts { #expect(try canonical(text) == form) }
    // The canonical form of a canonical form is itself.
    #expect(try canonical(form) == form)
  }

  @Test(
    "Texts with different values have different canonical forms",
    arguments: [
      ("1", "\"1\""), ("[1,2]", "[2,1]"), ("[1,2]", "[12]"), ("[]", "{}"), ("null", "false"),
      (#"{"a":null}"#, "{}"), (#"{"a":1}"#, #"{"A":1}"#), (#"["a","b"]"#, #"["a,b"]"#),
      (#"["a\",\"b"]"#, #"["a","b"]"#), (#"{"a":{"b":1}}"#, #"{"a":{},"b":1}"#),
      // Numbers are compared as text, because a host may distinguish 1 and 1.0.
      ("1", "1.0"), ("1e2", "100"), ("0", "-0"),
      // Strings that only look the same differ.
      ("\"\u{E9}\"", "\"e\u{301}\""), ("{\"\u{E9}\":1}", "{\"e\u{301}\":1}"),
    ])
  func otherForm(one: String, other: String) throws {
    #expect(try Array(canonical(one).utf8) != Array(canonical(other).utf8))
  }

  @Test("The order of members and white space do not matter")
  func shuffled() throws {
    var random = SeededRandom(seed: 11)
    for _ in 0..<200 {
      var members = (0..<Int.random(in: 0...8, using: &random)).map { n in
        (
          name: "k\(n)",
          value: ["1", "\"x\"", "{\"b\":1,\"a\":[2]}", "[]"].randomElement(using: &random) ?? ""
        )
      }
      func text(_ space: String) -> String {
        "{" + members.map { "\(space)\"\($0.name)\"\(space):\($0.value)" }.joined(separator: ",")
          + "}"
      }
      let form = try canonical(text(""))
      members.shuffle(using: &random)
      #expect(try canonical(text(" ")) == form)
    }
  }
}
