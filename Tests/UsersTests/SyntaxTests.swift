import Contract
import Testing

/// Separators are found whatever follows them.
@Suite struct SyntaxTests {
  /// The accent forms one Character with the separator before it.
  private static let accented = "k=\u{301}v=w"

  @Test("A separator is found although a combining accent follows it") func finds() {
    let text = Self.accented
    #expect(text.holds("=") && !text.contains("k=") && !text.holds("x"))
    #expect(text.parts(at: "=") == ["k", "\u{301}v", "w"])
    #expect(text.parts(at: "=", countMax: 2) == ["k", "\u{301}v=w"])
    #expect(text.begins(with: "k=") && text.behind("k=") == "\u{301}v=w")
    #expect(!text.begins(with: "k-") && text.behind("k-") == nil)
    #expect("a\u{301}".ends(with: "\u{301}") && !"a".ends(with: "ba"))
    #expect("\"\u{301}x\"".replacingScalar("\"", by: "\"\"") == "\"\"\u{301}x\"\"")
  }

  @Test(
    "Splitting into parts keeps empty ones, and splitting into words drops them",
    arguments: [
      ("", [""], []), (",", ["", ""], []), ("a,,b", ["a", "", "b"], ["a", "b"]),
      (",a", ["", "a"], ["a"]),
    ])
  func splits(text: String, parts: [String], words: [String]) {
    #expect(text.parts(at: ",") == parts)
    #expect(text.words(at: ",") == words)
  }
}
