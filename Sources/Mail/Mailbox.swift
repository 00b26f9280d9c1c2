internal import Contract
internal import Glibc
internal import Users

/// The sender or the recipient of a letter: an address for a header, and perhaps a name.
struct Mailbox: Equatable {
  let name: String
  /// The address for a header: the local part is quoted if it has to be. Non-ASCII characters are
  /// kept (RFC 6532).
  let address: String
  let domain: String

  /// nil for an email that no account could have (see `Email`).
  init?(name: String, email: String) {
    // The email is not normalized: an older account may have a spelling that new ones can't get.
    if Email.problem(of: email) != nil || email.holds(" ") { return nil }
    let parts = email.parts(at: "@")
    let isWhole = Self.isDotAtom(parts[0]) || parts[0].begins(with: "\"")
    address = "\(isWhole ? parts[0] : HeaderText.quoted(parts[0]))@\(parts[1])"
    domain = parts[1]
    self.name = HeaderText.clean(name)
  }

  /// Parses an address, or a name and an address in angle brackets.
  init(option: String) throws(MailError) {
    let scalars = option.unicodeScalars
    let bracket = scalars.lastIndex(of: "<")
    let name = scalars[..<(bracket ?? scalars.startIndex)]
    var email = scalars[(bracket ?? scalars.startIndex)...]
    if bracket != nil {
      email = email.dropFirst()
      if email.popLast() != ">" { email = ""[...].unicodeScalars }
    }
    let isClean = !option.unicodeScalars.contains(where: \.breaksText)
    guard isClean, let mailbox = Mailbox(name: Self.unquoted(name), email: String(email)) else {
      throw MailError(
        "--mail-from is not an address that emails can be sent from",
        "Write it like accounts@example.com or Accounts <accounts@example.com>.")
    }
    self = mailbox
  }

  /// The default sender.
  static var roster: Mailbox {
    Mailbox(name: "Roster", email: "roster@\(hostName)") ?? local
  }

  private static let local = Mailbox(
    name: "Roster", address: "roster@localhost", domain: "localhost")

  private init(name: String, address: String, domain: String) {
    self.name = name
    self.address = address
    self.domain = domain
  }

  private static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func unquoted(_ name: Substring.UnicodeScalarView) -> String {
    var scalars = name
    while scalars.last == " " { scalars.removeLast() }
    while scalars.first == " " { scalars.removeFirst() }
    guard scalars.count >= 2, scalars.first == "\"", scalars.last == "\"" else {
      return String(scalars)
    }
    var plain = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in scalars.dropFirst().dropLast() {
      isEscaped = scalar == "\\" && !isEscaped
      if !isEscaped { plain.append(scalar) }
    }
    return String(plain)
  }

  /// Whether the text is a dot-atom (RFC 5322, section 3.2.3): atoms with dots between them.
  private static func isDotAtom(_ text: String) -> Bool {
    text.parts(at: ".").allSatisfy(HeaderText.isAtom)
  }
}
