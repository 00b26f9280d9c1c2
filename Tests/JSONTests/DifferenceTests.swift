import JSON
import Testing

/// The difference of two objects.
@Suite struct DifferenceTests {
  @Test(
    "Only members that differ are written, also in nested objects",
    arguments: [
      ("{}", "{}", "{}", "{}"),
      (#"{"a":1}"#, #"{"a":1}"#, "{}", "{}"),
      (#"{"a":1,"b":2}"#, #"{"a":1,"b":3}"#, #"{"b":2}"#, #"{"b":3}"#),
      (#"{"a":1}"#, #"{"b":1}"#, #"{"a":1}"#, #"{"b":1}"#),
      (#"{"a":{"x":1,"y":2}}"#, #"{"a":{"x":1,"y":3}}"#, #"{"a":{"y":2}}"#, #"{"a":{"y":3}}"#),
      (#"{"a":{"x":1}}"#, #"{"a":[1]}"#, #"{"a":{"x":1}}"#, #"{"a":[1]}"#),
      (#"{"a":[1,2],"b":[1]}"#, #"{"a":[2],"b":[1]}"#, #"{"a":[1,2]}"#, #"{"a":[2]}"#),
      (#"{"a":null}"#, "{}", #"{"a":null}"#, "{}"),
      // One name in two spellings, and two names that only look the same.
      (#"{"\u0061":1}"#, #"{"a":1}"#, "{}", "{}"),
      (#"{"\u00e9":1}"#, #"{"e\u0301":1}"#, #"{"\u00e9":1}"#, #"{"e\u0301":1}"#),
      (#"{"a":"{","b":1}"#, #"{"a":"}","b":1}"#, #"{"a":"{"}"#, #"{"a":"}"}"#),
    ])
  func differs(_ old: String, _ new: String, _ before: String, _ after: String) throws {
    try withJSON(old) { old in
      try withJSON(new) { new in
        var other = ByteBuffer()
        let told = written { $0.append(difference: old, from: new, other: &other) }
        #expect(told == before)
        #expect(other.string == after)
      }
    }
  }
}
