import Testing

@testable import Mail

@Suite struct HeaderTests {
  @Test(
    "Names and addresses are quoted and encoded for header fields",
    arguments: [
      ("Ada Lovelace", "ada@acme.example", ["To: Ada Lovelace <ada@acme.example>"]),
      ("", "ada@acme.example", ["To: <ada@acme.example>"]),
      (" \u{0} ", "a@b", ["To: <a@b>"]),
      ("J. Doe", "a@b", [#"To: "J. Doe" <a@b>"#]),
      (#"Ada "the \ Countess", <x@y>"#, "a@b", [#"To: "Ada \"the \\ Countess\", <x@y>" <a@b>"#]),
      ("A  B", "a@b", ["To: =?utf-8?Q?A__B?= <a@b>"]),
      ("Zoë", "a@b", ["To: =?utf-8?Q?Zo=C3=AB?= <a@b>"]),
      ("=?utf-8?q?x?=", "a@b", ["To: =?utf-8?Q?=3D=3Futf-8=3Fq=3Fx=3F=3D?= <a@b>"]),
      // Characters that end a line or a header become spaces.
      (
        "A\r\nBcc: eve@b\u{2028}\u{85}c\u{7F}", "a@b",
        ["To: =?utf-8?Q?A__Bcc=3A_eve=40b__c?= <a@b>"]
      ),
      ("A", #""a,b"@c"#, [#"To: A <"a,b"@c>"#]),
      ("A", #""a\"b\\"@c"#, [#"To: A <"a\"b\\"@c>"#]),
      ("A", "a..b@c", [#"To: A <"a..b"@c>"#]),
      ("A", ".a@c", [#"To: A <".a"@c>"#]),
      ("A", "a+b!#$%&'*/=^?_`{|}~@c.d", ["To: A <a+b!#$%&'*/=^?_`{|}~@c.d>"]),
      ("A", "zoë@пример.example", ["To: A <zoë@пример.example>"]),
    ])
  func fields(name: String, email: String, lines: [String]) throws {
    let mailbox = try #require(Mailbox(name: name, email: email))
    #expect(HeaderText.field("To", mailbox).map { Array($0.utf8) } == lines.map { Array($0.utf8) })
  }

  @Test(
    "Addresses that a header can't hold, or that readers parse differently, are refused",
    arguments: [
      "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c", "a@b\r\nBcc: eve@c", "a\u{0}@b",
      " a@b", "a@b ", "a\u{85}b@c", "a\u{2028}b@c", "a\u{A0}b@c", "a@b>,<root", "a@b,c", "a@b..c",
      "a@.b", "a@b.",
      // A quote and an accent after it are one Character; the quote still counts as a quote.
      "a\"\u{301}b@c", "a\"b,c@d", "a<b@c", "(a)@c", #"a\b@c"#, "undisclosed:;@c", #""a"@c"#,
      #""a\,"@c"#, #""a,"b"@c"#, #""a,\"@c"#, "a@[192.0.2.1]", "a@\"b\"", "a@b(c)", "a@[b]c]",
      "a@[]", "a@[b\\]", "=?utf-8?q?a?=@b", "a=?\u{301}b@c",
      String(repeating: "\u{1F600}", count: 300) + "@b",
    ])
  func refused(email: String) {
    #expect(Mailbox(name: "A", email: email) == nil)
    #expect(Message(letter(to: email), from: .roster, link: nil, at: now) == nil)
  }

  @Test("A secret that would break the text is refused", arguments: ["", "a\nb", "a\u{2028}b"])
  func refusedSecrets(secret: String) {
    #expect(Message(letter(secret: secret), from: .roster, link: nil, at: now) == nil)
  }

  @Test(
    "Header fields are folded at 76 bytes",
    arguments: [
      String(repeating: "\u{1F600}", count: 255), String(repeating: "x", count: 255),
      String(repeating: "Ada ", count: 63) + "Ada", String(repeating: "J. Doe ", count: 36) + "J.",
      String(repeating: "\"\\ ", count: 84) + "\"", String(repeating: "é", count: 255),
    ])
  func folding(name: String) throws {
    let mailbox = try #require(Mailbox(name: name, email: "ada@acme.example"))
    for line in HeaderText.field("To", mailbox) {
      #expect(line.utf8.count <= 76, "\(line)")
      #expect(line.contains { $0 != " " })
    }
  }

  @Test("A header line with the longest address has at most 998 bytes")
  func longAddresses() throws {
    let letters = String(repeating: "\u{436}", count: 307)
    let mailbox = try #require(Mailbox(name: "A", email: letters + "@acme.example"))
    #expect(HeaderText.field("From", mailbox).map(\.utf8.count).max() ?? 0 <= 998)
    let longest = String(repeating: "\u{1F600}", count: 244)
    let field = HeaderText.field("From", try #require(Mailbox(name: "", email: longest + "@b.c")))
    #expect(field.map(\.utf8.count) == [988])
  }

  @Test(
    "A body is sent as it is if that is safe, else as quoted-printable",
    arguments: [
      ("plain = text", "7bit", ["plain = text"]),
      (String(repeating: "x", count: 998), "7bit", [String(repeating: "x", count: 998)]),
      ("Zoë = a", "quoted-printable", ["Zo=C3=AB =3D a"]),
      (".", "quoted-printable", ["=2E"]),
      ("From me", "quoted-printable", ["=46rom me"]),
      ("é ", "quoted-printable", ["=C3=A9=20"]),
      (
        String(repeating: "é", count: 13), "quoted-printable",
        [String(repeating: "=C3=A9", count: 12) + "=C3=", "=A9"]
      ),
      (
        "é" + String(repeating: "x", count: 70), "quoted-printable",
        ["=C3=A9" + String(repeating: "x", count: 70)]
      ),
      (
        "é" + String(repeating: "x", count: 69) + ".x", "quoted-printable",
        ["=C3=A9" + String(repeating: "x", count: 69) + "=", "=2Ex"]
      ),
    ])
  func bodies(line: String, encoding: String, lines: [String]) {
    let body = BodyText([line])
    #expect(body.encoding == encoding)
    #expect(body.lines == lines)
  }

  @Test("A body line of more than 998 bytes is encoded") func longBody() {
    let body = BodyText([String(repeating: "x", count: 999)])
    #expect(body.encoding == "quoted-printable")
    #expect(body.lines.map(\.utf8.count).max() == 76)
  }
}
