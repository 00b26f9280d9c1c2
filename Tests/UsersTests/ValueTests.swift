import Contract
import JSON
import Testing
import UserMethods
import Users

@Suite struct ValueTests {
  @Test(
    "Times are read as RFC 3339 and written in UTC with milliseconds",
    arguments: [
      ("2026-11-21T08:30:00Z", "2026-11-21T08:30:00.000Z"),
      ("2026-11-21T08:30:00.123456Z", "2026-11-21T08:30:00.123Z"),
      ("2026-11-21t08:30:00.5z", "2026-11-21T08:30:00.500Z"),
      ("2026-11-21T08:30:00+02:00", "2026-11-21T06:30:00.000Z"),
      ("2024-02-29T23:59:59-00:30", "2024-03-01T00:29:59.000Z"),
      ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
      ("2100-03-01T00:00:00Z", "2100-03-01T00:00:00.000Z"),
      ("2000-12-31T23:59:60Z", "2000-12-31T23:59:59.000Z"),
    ])
  func times(text: String, written: String) {
    var out = ByteBuffer()
    Timestamp(text)?.write(into: &out)
    #expect(out.string == "\"\(written)\"")
  }

  @Test(
    "A text that is not RFC 3339, or outside the years 1970 to 2109, is not a time",
    arguments: [
      "", "2026-11-21", "2026-11-21 08:30:00Z", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
      "2026-11-21T24:00:00Z", "2026-11-21T08:30:00", "2026-11-21T08:30:00.Z",
      "2026-11-21T08:30:00Zx", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z",
      "2026-11-21T08:30:00+2:00", "+026-11-21T08:30:00Z", "0000-01-01T00:00:00Z",
    ])
  func notTimes(text: String) { #expect(Timestamp(text) == nil) }

  @Test("An id is a UUIDv7 that converts to text and back, in either case") func ids() {
    var ids = UserIDGenerator()
    for n in 0..<1000 {
      let now = Timestamp(milliseconds: 1_700_000_000_000 + Int64(n / 10))
      let id = ids.next(at: now)
      #expect(UserID(id.text) == id)
      #expect(UserID(id.text.uppercased()) == id)
      #expect(id.text.count == 36 && Array(id.text)[14] == "7")
    }
    #expect(
      UserID("01912f4c-7d1c-7abc-bdef-0123456789ab")?.text == "01912f4c-7d1c-7abc-bdef-0123456789ab"
    )
  }

  @Test("A digit of an id is a hexadecimal one") func digitsOfIDs() {
    let text = Array("01912f4c-7d1c-7abc-bdef-0123456789ab".utf8)
    // The first digits, the version and the variant allow some digits only.
    for at in text.indices where ![0, 1, 8, 13, 14, 18, 19, 23].contains(at) {
      for byte in UInt8.min...UInt8.max {
        var text = text
        text[at] = byte
        let id = text.withUnsafeBufferPointer { UserID(utf8: $0) }
        let isDigit = Character(UnicodeScalar(byte)).isHexDigit && byte < 128
        #expect(id?.text == (isDigit ? String(decoding: text, as: UTF8.self).lowercased() : nil))
      }
    }
  }

  @Test("Ids increase, also when the clock is set back") func risingIDs() {
    var ids = UserIDGenerator()
    var last: Int64 = 0
    for now: Int64 in [1_700_000_000_000, 1_700_000_000_000, 1_600_000_000_000, 1_700_000_000_001] {
      let key = ids.next(at: Timestamp(milliseconds: now)).key
      #expect(key > last)
      last = key
    }
  }

  @Test(
    "A text that is not a UUIDv7, or has a time after 2109, is not an id",
    arguments: [
      "", "01912f4c-7d1c-4abc-bdef-0123456789ab", "01912f4c-7d1c-7abc-7def-0123456789ab",
      "01912f4c-7d1c-7abc-bdef-0123456789a", "01912f4c-7d1c-7abc-bdef-0123456789ag",
      "01912f4c07d1c-7abc-bdef-0123456789ab", "f1912f4c-7d1c-7abc-bdef-0123456789ab",
    ])
  func notIDs(text: String) { #expect(UserID(text) == nil) }

  @Test(
    "Emails are trimmed, lowercased and composed, and their domains are decoded",
    arguments: [
      (" Zoe@Acme.com ", "zoe@acme.com"), ("ZO\u{CB}@acme.com", "zoë@acme.com"),
      ("zoe\u{308}@acme.com", "zoë@acme.com"), ("a+b@c", "a+b@c"), ("\u{A0}a@b\u{2003}", "a@b"),
      ("ΝΊΚΟΣ@x.example", "νίκοσ@x.example"), ("İ@x", "İ@x"), ("straße@x", "straße@x"),
      ("a@\u{FF38}.Example", "a@x.example"), ("a@x\u{3002}example", "a@x.example"),
      ("a@XN--E1AFMKFD.example", "a@пример.example"), ("a@ПРИМЕР.example", "a@пример.example"),
      ("a@faß.de", "a@faß.de"), ("a@βόλος.com", "a@βόλος.com"), ("a@1.2.3.4", "a@1.2.3.4"),
      ("a@r3---sn.example", "a@r3---sn.example"), ("a..b@x", "a..b@x"), (".a@x", ".a@x"),
      (#""a,b"@x"#, #""a,b"@x"#), (#""a\"b"@x"#, #""a\"b"@x"#), ("o'brien/x=y@x", "o'brien/x=y@x"),
      ("a@" + String(repeating: "b", count: 63), "a@" + String(repeating: "b", count: 63)),
    ])
  func emails(text: String, value: String) throws {
    #expect(Array(try Email(text).value.utf8) == Array(value.utf8))
  }

  @Test(
    "A text without exactly one @ between two parts, or with spaces or controls, is not an email",
    arguments: ["", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\nc", "a\u{0}@b", "a@b c"])
  func notEmails(text: String) {
    #expect(throws: InvalidValue.self) { try Email(text) }
  }

  @Test(
    "An email that can't be mailed is rejected, and so is a second spelling of another",
    arguments: [
      "a@x.", "a@x..y", "a@.x", "a@x\u{3002}", "a@\u{3002}x", "a\u{200B}@x", "a\u{AD}@x",
      "\u{202A}a@x", "a@x\u{200D}y", "a\u{FE0F}@x", "a\u{2066}@x", "a\u{61C}@x", "a\u{1FFFE}@x",
      "<a@x>", "a <b@x>", "a,b@x", "a;b@x", "a:b@x", "a(b)@x", "a[b@x", #"a\b@x"#, #"a"b@x"#,
      #""a"@x"#, #""a..b"@x"#, #""a\,"@x"#, #""a,"@@x"#, #""a, b"@x"#, #"",@x"#, #"""@x"#,
      "=?utf-8?q?a?=@x", "\u{FF41}@x", "\u{FF71}@x", "a@x_y", "a@-x", "a@x-", "a@x-.y",
      "a@[1.2.3.4]",
      "a@xn--", "a@xn--abc-", "a@xn--zzzzzzz9999", "a@x!y", "a@x/y", "a@x:25", "a@\u{301}x",
      "a@" + String(repeating: "b", count: 64),
      "a@" + String(repeating: "b.", count: 127) + "b",
      String(repeating: "a", count: 319) + "@x", String(repeating: "\u{1F600}", count: 300) + "@x",
    ])
  func notMailable(text: String) {
    #expect(throws: InvalidValue.self) { try Email(text) }
  }

  @Test(
    "All spellings of an identity have one key, and different identities differ",
    arguments: [
      (["νικος@x", "ΝΙΚΟΣ@x", "ΝΙΚΟσ@X"], true), (["Bob", "BOB", "bob"], true),
      (["a@пример.example", "A@ПРИМЕР.example", "a@xn--e1afmkfd.example"], true),
      (["\u{212A}im@x", "kim@x"], true), (["\u{17F}am@x", "sam@x"], true),
      (["e\u{301}@x", "\u{C9}@x"], true), (["ß@x", "ss@x"], false), (["ß@x", "\u{1E9E}@x"], true),
      (["a@faß.de", "a@fass.de"], false), (["i@x", "İ@x"], false), (["i@x", "ı@x"], false),
      (["a@x.", "a@x"], false), (["a@x_Y", "A@x_y"], true),
    ])
  func identities(spellings: [String], areSame: Bool) {
    let keys = spellings.map { Array(IdentityKey.of($0).utf8) }
    #expect(Set(keys).count == (areSame ? 1 : spellings.count))
    for key in keys {
      let text = String(decoding: key, as: UTF8.self)
      #expect(Array(IdentityKey.of(text).utf8) == key, "\(text)")
    }
  }

  @Test(
    "A name has at least one visible character",
    arguments: [
      ("\u{200B}", false), ("\u{200D}\u{200C}", false), ("\u{2066}\u{2069}", false),
      ("\u{3164}", false), ("\u{2800}", false), ("\u{FFFE}", false), ("\u{10FFFF}\u{1FFFE}", false),
      ("\u{AD}", false), ("\u{E0041}", false), ("\u{FEFF}", false), ("\u{180E}\u{2003}", false),
      ("می\u{200C}خواهم", true), ("\u{200F}שרה", true), ("👩\u{200D}🚀", true), ("山", true),
      ("a\u{FFFE}", true), ("\u{200B}a", true),
    ])
  func names(text: String, isName: Bool) {
    #expect((try? Name(text))?.value == (isName ? text : nil))
  }

  @Test(
    "Search ignores case and accents, and treats all kinds of space alike",
    arguments: [
      ("ΝΊΚΟΣ", "Νίκος"), ("παπαδόπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ"), ("strasse", "Straße"),
      ("STRASSE", "straße"),
      ("山田 太郎", "山田\u{3000}太郎"), ("a b", "a\u{A0}b"), ("a b", "a\u{2028}b"), ("ﬁn", "FIN"),
      ("e", "\u{E9}"), ("ί", "Ι"), ("ᾳ", "ΑΙ"), ("\u{1E9E}", "SS"), ("k", "\u{212A}"),
    ])
  func searching(query: String, text: String) {
    #expect(
      Array(TextNormalization.searchable(query).utf8)
        == Array(TextNormalization.searchable(text).utf8))
  }

  @Test(
    "The quick way to read an email gives what the thorough one does, for each byte and place",
    arguments: ["a@b.org", "ab@x.org", "abc@x.org", "abcdefg@exa.org", "abcdefgh@example.org"])
  func readsEmailsAlike(_ email: String) throws {
    var parser = JSONParser()
    for byte in UInt8(0x20)...0x7F where byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") {
      for place in email.utf8.indices {
        let text = "\(email[..<place])\(Unicode.Scalar(byte))\(email[place...].dropFirst())"
        let read = try Array("\"\(text)\"".utf8).withUnsafeBufferPointer { bytes in
          try UserReference(parser.parse(bytes))
        }
        // The space in front is trimmed, but excludes the quick way.
        #expect(read == UserReference(" " + text), "\(text)")
        #expect(IdentityKey.of(text) == text.lowercased(), "\(text)")
      }
    }
  }

  @Test("Each described field of a user can be asked for, in the same order")
  func namesFields() throws {
    guard case .array(.enumeration(let names), _) = Projection.schema else {
      Issue.record("the fields are a list of names")
      return
    }
    #expect(names == UserView.describedFields.map(\.name))
  }
}
