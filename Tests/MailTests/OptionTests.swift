import Glibc
import TestSupport
import Testing
import Users

@testable import Mail

@Suite struct OptionTests {
  @Test(
    "An invalid --mail is refused with a remedy",
    arguments: [
      ("", "Choose none, sendmail, sendmail:COMMAND or dir:PATH."),
      ("None", "Choose none, sendmail, sendmail:COMMAND or dir:PATH."),
      ("none:x", "Choose none, sendmail, sendmail:COMMAND or dir:PATH."),
      ("dir", "Choose none, sendmail, sendmail:COMMAND or dir:PATH."),
      ("smtp:host", "Choose none, sendmail, sendmail:COMMAND or dir:PATH."),
      ("dir:", "Say dir:PATH."),
      ("dir:/nowhere/at all", "mkdir -p -m 700 /nowhere/at all"),
      ("dir:/dev/null", "Name a folder."),
      ("sendmail:", "Write sendmail:COMMAND, or sendmail."),
      ("sendmail:  ", "Write sendmail:COMMAND, or sendmail."),
      ("sendmail:no-such-program -t", "--mail sendmail:/path/to/no-such-program"),
      ("sendmail:/no/such/program", "Check its path and permissions."),
      ("sendmail:/etc/passwd", "Check its path and permissions."),
      ("sendmail:/bin", "Check its path and permissions."),
    ])
  func specifications(text: String, remedy: String) {
    let error = #expect(throws: MailError.self) { try Mailer(text, from: nil, link: nil) }
    #expect(error?.description.hasSuffix(remedy) == true, "\(error?.description ?? "")")
  }

  @Test("--mail none makes no mailer") func none() throws {
    #expect(try Mailer("none", from: nil, link: nil) == nil)
    #expect(try Mailer("sendmail:cat", from: nil, link: nil) != nil)
  }

  @Test("Programs are searched in PATH, then in the usual folders of sendmail") func paths() throws
  {
    let folder = try TemporaryFolder()
    let path = try folder.write("mailer", "")
    #expect(Program.path(of: "mailer", in: "/bin::\(folder.path)") == nil)
    chmod(path, 0o700)
    #expect(Program.path(of: "mailer", in: "/bin::\(folder.path)") == path)
    #expect(Program.path(of: "mailer", in: "") == nil)
    #expect(Program.path(of: path, in: "") == path)
    let system = Program.path(of: "chroot", in: "/nowhere")
    #expect(system == "/usr/sbin/chroot")
  }

  @Test(
    "--mail-from is an address, with or without a name",
    arguments: [
      ("a@b.example", "", "a@b.example"),
      ("<a@b.example>", "", "a@b.example"),
      ("Acme Accounts <a@b.example>", "Acme Accounts", "a@b.example"),
      ("Zoë<a@b.example>", "Zoë", "a@b.example"),
      (#""Acme, \"Inc\" \\" <a@b.example>"#, #"Acme, "Inc" \"#, "a@b.example"),
      (#""x" y" <a@b>"#, #"x" y"#, "a@b"),
      (#"" <a@b>"#, "\"", "a@b"),
    ])
  func senders(text: String, name: String, address: String) throws {
    let sender = try Mailbox(option: text)
    #expect(sender.name == name)
    #expect(sender.address == address)
  }

  @Test(
    "An invalid --mail-from is refused",
    arguments: [
      "", "a", "a@", "Acme <a@b.cd", "Acme a@b>", "Acme <>", "a@b, c@d", "A\r\nBcc: x <a@b>",
      "<a@b> x",
    ])
  func notSenders(text: String) {
    let error = #expect(throws: MailError.self) { try Mailer("none", from: text, link: nil) }
    #expect(error?.description.contains("--mail-from") == true)
  }

  @Test("The default sender is roster at this host") func defaultSender() {
    #expect(Mailbox.roster.name == "Roster")
    #expect(Mailbox.roster.address.hasPrefix("roster@"))
  }

  @Test(
    "A link gets the action and the token; a temporary password gets no link",
    arguments: [
      ("https://a.b/{action}?token={token}", "https://a.b/accept-invitation?token=a%2Fb"),
      ("http://localhost:3000/#{token}/{token}", "http://localhost:3000/#a%2Fb/a%2Fb"),
      ("https://a?x=%7Btoken%7D&t={token}&u=1", "https://a?x=%7Btoken%7D&t=a%2Fb&u=1"),
    ])
  func links(template: String, link: String) throws {
    let template = try LinkTemplate(template)
    #expect(template.link(for: letter(.invitation, secret: "a/b")) == link)
    #expect(template.link(for: letter(.temporaryPassword, secret: "a/b")) == nil)
  }

  @Test("A link percent-encodes all but ASCII letters, digits and - . _ ~ in the token")
  func percent() throws {
    let template = try LinkTemplate("https://a/{token}")
    #expect(
      template.link(for: letter(secret: "aZ09-._~ é{action}\"&=+%"))
        == "https://a/aZ09-._~%20%C3%A9%7Baction%7D%22%26%3D%2B%25")
  }

  @Test(
    "An invalid --mail-link is refused with a remedy",
    arguments: [
      ("", "does not begin with"), ("ftp://a/{token}", "does not begin with"),
      ("javascript:{token}", "does not begin with"), ("https://", "does not name a host"),
      ("https:///{token}", "does not name a host"), ("https://{token}.a/", "does not name a host"),
      ("https://u:p@a/{token}", "does not name a host"), ("https://a/", "does not contain {token}"),
      ("https://a/{action}", "does not contain {token}"), ("https://a/{Token}", "braces"),
      ("https://a/{token", "braces"), ("https://a/token}{token}", "braces"),
      ("https://a/{token} ", "not allowed in URLs"), ("https://a/é{token}", "not allowed in URLs"),
      ("https://a/{token}\r\nx", "not allowed in URLs"),
      ("https://a/<{token}>", "not allowed in URLs"),
      ("https://a/{token}" + String(repeating: "x", count: 2048), "more than 2048 bytes"),
    ])
  func notLinks(template: String, problem: String) {
    let error = #expect(throws: MailError.self) { try Mailer("none", from: nil, link: template) }
    #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    #expect(
      error?.description.hasSuffix(" Write it like https://app.example/{action}?token={token}.")
        == true)
  }
}
