internal import Secrets
internal import Users

/// A letter as a message of RFC 5322: lines, without their ends.
struct Message {
  private let lines: [String]

  /// nil if the letter can't be mailed, because its address or secret can't be part of a message.
  init?(_ letter: Letter, from sender: Mailbox, link: LinkTemplate?, at now: Timestamp) {
    guard let recipient = Mailbox(name: letter.name, email: letter.email),
      !letter.secret.isEmpty, !letter.secret.unicodeScalars.contains(where: \.breaksText)
    else { return nil }
    let wording = LetterText(letter, name: recipient.name, link: link, at: now)
    let body = BodyText(wording.lines)
    lines =
      ["Date: \(now.headerText)"]
      + HeaderText.field("From", sender)
      + HeaderText.field("To", recipient)
      + [
        "Subject: \(wording.subject)",
        "Message-ID: <\(randomBase62(Self.idCount))@\(Self.idDomain(of: sender))>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: \(body.encoding)",
        // Prevents automatic replies (RFC 3834).
        "Auto-Submitted: auto-generated",
        "",
      ] + body.lines
  }

  func bytes(lineEnd: String) -> [UInt8] {
    Array(lines.map { $0 + lineEnd }.joined().utf8)
  }

  /// 131 random bits, so that no two letters have the same id.
  private static let idCount = 22

  /// Programs compare ids byte by byte: the domain stays ASCII, and the field within 78 bytes.
  private static let idDomainBytesMax = 41

  private static func idDomain(of sender: Mailbox) -> String {
    let isUsable =
      sender.domain.utf8.count <= idDomainBytesMax && sender.domain.utf8.allSatisfy { $0 < 0x80 }
    return isUsable ? sender.domain : "roster.invalid"
  }
}
