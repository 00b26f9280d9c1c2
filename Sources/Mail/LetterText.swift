internal import Contract
internal import Users

/// The text of a letter.
struct LetterText {
  /// Applies to prose; links and codes are never broken.
  private static let lineCountMax = 72

  let subject: String
  let lines: [String]

  init(_ letter: Letter, name: String, link: LinkTemplate?, at now: Timestamp) {
    let parts = Self.parts(of: letter, link)
    let paragraphs =
      [[name.isEmpty ? "Hello," : "Hello \(Self.unlinked(name)),"], Self.wrapped(parts.news)]
      + [[parts.key], Self.wrapped(parts.use + " " + Self.term(letter, at: now) + parts.limit)]
      + [Self.wrapped(parts.care)]
    subject = parts.subject
    lines = Array(paragraphs.joined(separator: [""]))
  }

  /// Adds a space after each joining mark. Other people choose the name, and mail programs turn
  /// text that looks like an address into a link, which would seem to be Roster's.
  static func unlinked(_ name: String) -> String {
    var text = String.UnicodeScalarView()
    var before: Unicode.Scalar = " "
    for scalar in name.unicodeScalars {
      if joiners.contains(before), !scalar.properties.isWhitespace { text.append(" ") }
      text.append(scalar)
      before = scalar
    }
    return String(text)
  }

  /// The dots that domains may contain (UTS #46), and the marks in other addresses.
  private static let joiners: Set<Unicode.Scalar> = [
    ".", "\u{3002}", "\u{FF0E}", "\u{FF61}", ":", "@",
  ]

  private struct Parts {
    let subject: String
    /// The text before the key: what happened.
    let news: String
    /// The link, code or password, on a line of its own.
    let key: String
    /// The text after the key, before the term: what to do with it.
    let use: String
    /// The text after the term.
    let limit: String
    /// What to do if the recipient did not expect this.
    let care: String
  }

  private static func parts(of letter: Letter, _ link: LinkTemplate?) -> Parts {
    let account = "account \(letter.email)" + (link.map { " at \($0.host)" } ?? "")
    let url = link?.link(for: letter)
    let key = url == nil ? "code" : "link"
    let how = url == nil ? "paste this code where you are asked for it" : "open this link"
    switch letter.kind {
    case .invitation:
      return Parts(
        subject: "You are invited: set up your account",
        news: "You are invited to use your new \(account). To set it up, \(how) and choose a "
          + "password:",
        key: url ?? letter.secret,
        use: "Please do so",
        limit: ". The \(key) works only once.",
        care: "Did you not expect this? Then you need not do anything: unless somebody uses the "
          + "\(key), nothing happens. Please don't pass the \(key) on.")
    case .temporaryPassword:
      return Parts(
        subject: "Your temporary password",
        news: "This is a temporary password for your \(account):",
        key: letter.secret,
        use: "Please sign in with it" + (link.map { " at \($0.site)" } ?? "")
          + " and choose a password of your own",
        limit: ". After that it no longer works.",
        care: "Did you not expect this? Then you need not do anything: the temporary password "
          + "stops working by itself. Please don't pass it on.")
    case .passwordReset:
      return Parts(
        subject: "Choose a new password",
        news: "You can choose a new password for your \(account). To do so, \(how):",
        key: url ?? letter.secret,
        use: "Please do so",
        limit: ". The \(key) works only once.",
        care: "Did you not expect this? Then you need not do anything: unless somebody uses the "
          + "\(key), your password stays as it is. Please don't pass the \(key) on.")
    }
  }

  /// `within 7 days, until Saturday, 28 November 2026, 08:30 UTC`
  private static func term(_ letter: Letter, at now: Timestamp) -> String {
    let left = letter.expiresAt.milliseconds - now.milliseconds + roundingMs
    return "within \(span(left / 60_000)), until \(letter.expiresAt.readableText)"
  }

  /// The letter is written a moment after its secret was made: 30 minutes must not read as 29.
  private static let roundingMs: Int64 = 5000

  private static func span(_ minutes: Int64) -> String {
    if minutes < 2 { return "1 minute" }
    if minutes < 120 { return "\(minutes) minutes" }
    if minutes < 48 * 60 { return "\(minutes / 60) hours" }
    return "\(minutes / (24 * 60)) days"
  }

  private static func wrapped(_ text: String) -> [String] {
    var lines: [String] = []
    for word in text.parts(at: " ") {
      if let line = lines.last, line.count + 1 + word.count <= lineCountMax {
        lines[lines.count - 1] = "\(line) \(word)"
      } else {
        lines.append(word)
      }
    }
    return lines
  }
}
