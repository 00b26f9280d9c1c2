import Testing
import Users

@testable import Mail

@Suite struct WordingTests {
  private static let site = "https://app.example/{action}?token={token}"

  /// Compares the whole message except its id.
  private func check(_ letter: Letter, link: String?, _ subject: String, _ body: String) throws {
    let sender = try Mailbox(option: "Acme <accounts@acme.example>")
    let template = try link.map { try LinkTemplate($0) }
    let message = Message(letter, from: sender, link: template, at: now)
    let lines = text(try #require(message).bytes(lineEnd: "\n")).split(
      separator: "\n", omittingEmptySubsequences: false)
    let id = try #require(lines.first { $0.hasPrefix("Message-ID: ") })
    #expect(id.wholeMatch(of: /Message-ID: <[0-9A-Za-z]{22}@acme\.example>/) != nil)
    let expected = """
      Date: Sat, 21 Nov 2026 08:30:00 +0000
      From: Acme <accounts@acme.example>
      To: Ada Lovelace <ada@acme.example>
      Subject: \(subject)
      MIME-Version: 1.0
      Content-Type: text/plain; charset=utf-8
      Content-Transfer-Encoding: 7bit
      Auto-Submitted: auto-generated

      \(body)

      """
    #expect(lines.filter { $0 != id }.joined(separator: "\n") == expected)
  }

  @Test(
    "A name in a letter can't become a link",
    arguments: [
      ("you won, see https://evil.example/x", "you won, see https: //evil. example/x"),
      ("www.evil.example", "www. evil. example"), ("a@evil.example", "a@ evil. example"),
      ("evil\u{3002}example \u{FF0E}x", "evil\u{3002} example \u{FF0E} x"),
      ("mailto:a", "mailto: a"), ("J.R.R. Tolkien", "J. R. R. Tolkien"), ("Dr. No", "Dr. No"),
      ("evil.\u{301}example", "evil. \u{301}example"), ("Ada", "Ada"), ("Ada.", "Ada."),
    ])
  func links(name: String, written: String) {
    #expect(Array(LetterText.unlinked(name).utf8) == Array(written.utf8))
    let wording = LetterText(letter(.invitation, name: name), name: name, link: nil, at: now)
    #expect(Array(wording.lines[0].utf8) == Array("Hello \(written),".utf8))
  }

  @Test("The text of an invitation with a link") func invitationLink() throws {
    try check(
      letter(.invitation, minutes: 7 * 24 * 60), link: Self.site,
      "You are invited: set up your account",
      """
      Hello Ada Lovelace,

      You are invited to use your new account ada@acme.example at app.example.
      To set it up, open this link and choose a password:

      https://app.example/accept-invitation?token=\(token)

      Please do so within 7 days, until Saturday, 28 November 2026, 08:30 UTC.
      The link works only once.

      Did you not expect this? Then you need not do anything: unless somebody
      uses the link, nothing happens. Please don't pass the link on.
      """)
  }

  @Test("The text of an invitation with a code") func invitationCode() throws {
    try check(
      letter(.invitation, minutes: 7 * 24 * 60), link: nil,
      "You are invited: set up your account",
      """
      Hello Ada Lovelace,

      You are invited to use your new account ada@acme.example. To set it up,
      paste this code where you are asked for it and choose a password:

      \(token)

      Please do so within 7 days, until Saturday, 28 November 2026, 08:30 UTC.
      The code works only once.

      Did you not expect this? Then you need not do anything: unless somebody
      uses the code, nothing happens. Please don't pass the code on.
      """)
  }

  @Test("The text of a temporary password, which no link contains") func temporaryPasswordLink()
    throws
  {
    try check(
      letter(.temporaryPassword, secret: "tulip-7-kayak", minutes: 24 * 60), link: Self.site,
      "Your temporary password",
      """
      Hello Ada Lovelace,

      This is a temporary password for your account ada@acme.example at
      app.example:

      tulip-7-kayak

      Please sign in with it at https://app.example and choose a password of
      your own within 24 hours, until Sunday, 22 November 2026, 08:30 UTC.
      After that it no longer works.

      Did you not expect this? Then you need not do anything: the temporary
      password stops working by itself. Please don't pass it on.
      """)
  }

  @Test("The text of a temporary password without a site") func temporaryPassword() throws {
    try check(
      letter(.temporaryPassword, secret: "tulip-7-kayak"), link: nil,
      "Your temporary password",
      """
      Hello Ada Lovelace,

      This is a temporary password for your account ada@acme.example:

      tulip-7-kayak

      Please sign in with it and choose a password of your own within 30
      minutes, until Saturday, 21 November 2026, 09:00 UTC. After that it no
      longer works.

      Did you not expect this? Then you need not do anything: the temporary
      password stops working by itself. Please don't pass it on.
      """)
  }

  @Test("The text of a password reset with a link") func resetLink() throws {
    try check(
      letter(.passwordReset), link: Self.site, "Choose a new password",
      """
      Hello Ada Lovelace,

      You can choose a new password for your account ada@acme.example at
      app.example. To do so, open this link:

      https://app.example/reset-password?token=\(token)

      Please do so within 30 minutes, until Saturday, 21 November 2026, 09:00
      UTC. The link works only once.

      Did you not expect this? Then you need not do anything: unless somebody
      uses the link, your password stays as it is. Please don't pass the link
      on.
      """)
  }

  @Test("The text of a password reset with a code") func resetCode() throws {
    try check(
      letter(.passwordReset), link: nil, "Choose a new password",
      """
      Hello Ada Lovelace,

      You can choose a new password for your account ada@acme.example. To do
      so, paste this code where you are asked for it:

      \(token)

      Please do so within 30 minutes, until Saturday, 21 November 2026, 09:00
      UTC. The code works only once.

      Did you not expect this? Then you need not do anything: unless somebody
      uses the code, your password stays as it is. Please don't pass the code
      on.
      """)
  }

  @Test(
    "A validity period is rounded down to whole units, with a tolerance of 5 seconds",
    arguments: [
      (-1, "1 minute"), (0, "1 minute"), (119_000, "2 minutes"), (114_000, "1 minute"),
      (30 * 60_000 - 200, "30 minutes"), (29 * 60_000, "29 minutes"), (7_200_000, "2 hours"),
      (86_400_000, "24 hours"), (172_800_000 - 9000, "47 hours"), (172_800_000, "2 days"),
      (7 * 86_400_000 - 1, "7 days"), (7 * 86_400_000 - 6000, "6 days"),
    ] as [(Int64, String)])
  func spans(milliseconds: Int64, span: String) {
    let letter = Letter(
      kind: .invitation, email: "a@b", name: "A", secret: token,
      expiresAt: Timestamp(milliseconds: now.milliseconds + milliseconds))
    let body = LetterText(letter, name: "A", link: nil, at: now).lines.joined(separator: " ")
    #expect(body.contains(" within \(span), until "), "\(body)")
  }

  @Test(
    "Dates are formatted for headers and for readers",
    arguments: [
      (0, "Thu, 1 Jan 1970 00:00:00 +0000", "Thursday, 1 January 1970, 00:00 UTC"),
      (951_825_599_999, "Tue, 29 Feb 2000 11:59:59 +0000", "Tuesday, 29 February 2000, 11:59 UTC"),
      (4_102_444_800_000, "Fri, 1 Jan 2100 00:00:00 +0000", "Friday, 1 January 2100, 00:00 UTC"),
    ] as [(Int64, String, String)])
  func dates(milliseconds: Int64, header: String, readable: String) {
    let time = Timestamp(milliseconds: milliseconds)
    #expect(time.headerText == header)
    #expect(time.readableText == readable)
  }
}
