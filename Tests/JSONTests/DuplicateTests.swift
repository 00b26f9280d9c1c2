import JSON
import Testing

/// Member names that occur twice, and JSON pointers to them.
@Suite struct DuplicateTests {
  /// A text and the pointer to the first duplicate name, nil without one.
  @Test(
    "A name that occurs twice in its object is found",
    arguments: [
      ("{}", nil), (#"{"a":1,"b":1}"#, nil), (#"{"a":1,"a":2}"#, "/a"),
      (#"{"a":{"b":1},"c":{"b":1}}"#, nil), (#"{"a":{"b":1,"b":1}}"#, "/a/b"),
      (#"[0,{"x":[{"y":1,"y":1}]}]"#, "/1/x/0/y"), (#"{"a":1,"\u0061":2}"#, "/a"),
      (#"{"\u0061":1,"\u0061":2}"#, "/a"), (#"{"a/b~c":{"x":1,"x":1}}"#, "/a~1b~0c/x"),
      (#"{"":1,"":2}"#, "/"), (#"{"a":1,"A":2,"aa":3}"#, nil), ("1", nil),
      (#"["a","a"]"#, nil), (#"{"a":"a"}"#, nil),
      // Names are compared by their characters, not by how they look.
      (#"{"\u00e9":1,"e\u0301":2}"#, nil), (#"{"é":1,"\u00e9":2}"#, "/é"),
    ] as [(String, String?)])
  func finds(_ text: String, _ pointer: String?) throws {
    try withJSON(text) { value in
      #expect(value.firstDuplicate().map { value.pointer(to: $0) } == pointer)
    }
  }

  @Test(
    "A duplicate is found among many names, first, middle or last",
    arguments: [15, 16, 17, 18, 100, 5000])
  func findsAmongMany(_ count: Int) throws {
    let names = (0..<count).map { "\"k\($0)\":0" }
    try withJSON("{" + names.joined(separator: ",") + "}") { #expect($0.ownDuplicate() == nil) }
    for repeated in [0, count / 2, count - 1] {
      let text = "{" + (names + ["\"k\(repeated)\":1"]).joined(separator: ",") + "}"
      try withJSON(text) { value in
        #expect(value.ownDuplicate()?.string == "k\(repeated)")
      }
    }
  }

  @Test("The first of several duplicates is found, also among many names")
  func tellsTheFirst() throws {
    try withJSON(#"{"b":1,"a":1,"b":2,"a":2}"#) { #expect($0.ownDuplicate()?.string == "b") }
    let many = (0..<50).map { "\"k\($0)\":0" } + ["\"k30\":0", "\"k3\":0"]
    try withJSON("{" + many.joined(separator: ",") + "}") {
      #expect($0.ownDuplicate()?.string == "k30")
    }
  }

  @Test(
    "A name is escaped as a reference token of RFC 6901",
    arguments: [("", ""), ("a", "a"), ("a/b", "a~1b"), ("m~n", "m~0n"), ("~1", "~01"), ("é", "é")])
  func escapesPointers(_ name: String, _ token: String) {
    #expect(JSONPointer.escape(name) == token)
  }
}
