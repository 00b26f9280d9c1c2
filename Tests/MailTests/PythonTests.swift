import Foundation
import TestSupport
import Testing
import Users

@testable import Mail

/// The messages as Python's email library parses them.
@Suite struct PythonTests {
  private struct Case: Encodable {
    let file: String
    let name: String
    let email: String
    let senderName: String
    let senderEmail: String
    let subject: String
    let secret: String
  }

  private static let names = [
    "Ada Lovelace", "", "J. R. \"Bob\" Dobbs", "\\", "\"", "a,b;c:d<e>@f", "A  B", "Zoë Müller",
    "Бьёрн", "=?utf-8?q?x?=", "=?", "?=", "undisclosed:;", "(comment)",
    "\u{1F469}\u{200D}\u{1F4BB}", "\"\u{301}", "e\u{301}", "\u{5D0}\u{5D1}", "--", ".", "From me",
    "100% =20 _ !",
    String(repeating: "\u{1F600}", count: 255), String(repeating: "x", count: 255),
    String(repeating: "Ada ", count: 63) + "Ada", String(repeating: "é ", count: 127) + "é",
    String(repeating: "\"\\ ", count: 84) + "\"", String(repeating: "J. Doe ", count: 36) + "J.",
  ]

  private static let emails = [
    "ada@acme.example", #""a\"b"@c.d"#, #""a,b"@c.d"#, #""a<b>"@c.d"#, #""(a)"@c.d"#,
    #""a,\\b"@c.d"#, "a..b@c", ".a@c", "a.@c", #""undisclosed:;"@c"#,
    "a+b!#$%&'*/=^_`{|}~-?@c.d", "zoë@acme.example", "a@пример.example", "\u{1F600}@c",
    "\"a\\\"\u{301}b\"@c", "a@192.0.2.1", String(repeating: "x", count: 307) + "@acme.example",
    "\"" + String(repeating: ",", count: 60) + "\"@acme.example",
    String(repeating: "\u{436}", count: 307) + "@acme.example",
    "a@" + String(repeating: "b.", count: 120) + "cd",
  ]

  private static let links = [
    nil, "https://app.example/{action}?token={token}",
    "https://app.example/{action}/" + String(repeating: "x", count: 1500) + "?a=b&token={token}",
  ]

  @Test("Python parses every message into the intended fields, without a defect") func letters()
    throws
  {
    let folder = try TemporaryFolder()
    var cases: [Case] = []
    for kind in Letter.Kind.allCases {
      for link in Self.links {
        for name in Self.names { try add(kind, name, Self.emails[0], link, &cases, folder) }
        for email in Self.emails { try add(kind, "Zoë", email, link, &cases, folder) }
      }
    }
    try JSONEncoder().encode(cases).write(to: URL(filePath: folder.file("cases.json")))
    let python = Process()
    python.executableURL = URL(filePath: "/usr/bin/env")
    let here = URL(filePath: #filePath).deletingLastPathComponent()
    python.arguments = ["python3", here.appending(path: "check_mail.py").path, folder.path]
    let output = Pipe()
    python.standardOutput = output
    try python.run()
    let report = text([UInt8](output.fileHandleForReading.readDataToEndOfFile()))
    python.waitUntilExit()
    let isClean = report == "\(cases.count) letters, 0 problems\n"
    #expect(python.terminationStatus == 0 && isClean, "\(report.suffix(1000))")
  }

  /// Writes a letter twice: with the line ends of a mail folder, and with those of a program's input.
  private func add(
    _ kind: Letter.Kind, _ name: String, _ email: String, _ link: String?, _ cases: inout [Case],
    _ folder: TemporaryFolder
  ) throws {
    let sender = try #require(Mailbox(name: #"Zoë, "Acme"#, email: email))
    let letter = letter(kind, to: email, name: name)
    let template = try link.map { try LinkTemplate($0) }
    let message = try #require(Message(letter, from: sender, link: template, at: now))
    for (ending, lineEnd) in [("eml", "\r\n"), ("txt", "\n")] {
      let file = "\(cases.count).\(ending)"
      _ = try folder.write(file, message.bytes(lineEnd: lineEnd))
      let wording = LetterText(letter, name: name, link: template, at: now)
      cases.append(
        Case(
          file: file, name: name, email: email, senderName: sender.name, senderEmail: email,
          subject: wording.subject, secret: token))
    }
  }
}
