internal import Contract
public import Users

/// Delivers letters in one configured way.
public struct Mailer: Sendable {
  private enum Way {
    case program(Program)
    case folder(LetterFolder)
  }

  private let way: Way
  private let sender: Mailbox
  private let link: LinkTemplate?

  /// `specification` is the value of --mail:
  ///
  /// - `none`: there is no mailer.
  /// - `sendmail`: letters go to `sendmail -t -i`, on its standard input.
  /// - `sendmail:COMMAND`: the same with another program. The command is split at spaces without a
  ///   shell, so quotes and variables have no meaning in it.
  /// - `dir:PATH`: each letter becomes a file in this folder.
  ///
  /// Programs are looked up in PATH, and then in /usr/sbin and /usr/lib. `from`, the value of
  /// --mail-from, is an address or `Name <address>`; the default is roster at this host. `link`,
  /// the value of --mail-link, is a `LinkTemplate` for the URL that people open; without it they
  /// get a code to paste. Throws for an invalid value.
  public init?(_ specification: String, from: String?, link: String?) throws(MailError) {
    if let link { self.link = try LinkTemplate(link) } else { self.link = nil }
    if let from { sender = try Mailbox(option: from) } else { sender = .roster }
    let parts = specification.parts(at: ":", countMax: 2)
    switch (parts[0], parts.count == 2 ? String(parts[1]) : nil) {
    case ("none", nil): return nil
    case ("sendmail", let command):
      way = .program(try Program(command ?? "sendmail -t -i"))
    case ("dir", let path?): way = .folder(try LetterFolder(path))
    default:
      throw MailError(
        "--mail is \(specification)",
        "Choose none, sendmail, sendmail:COMMAND or dir:PATH.")
    }
  }

  /// Passes a letter to the program, which has to exit with status 0, or writes it to the disk.
  ///
  /// Returns false if that fails or takes more than `msMax` milliseconds, or if the address can't
  /// receive mail. `isStopping` is called at least every 50 ms: once it is true, no program is
  /// started, and a running one has one second left.
  public func deliver(_ letter: Letter, msMax: Int, isStopping: () -> Bool) -> Bool {
    guard let message = Message(letter, from: sender, link: link, at: .now) else { return false }
    switch way {
    // A program gets the line ends of the system, and converts them itself: some programs (qmail,
    // old sendmail) would double the CR.
    case .program(let program):
      return program.run(message.bytes(lineEnd: "\n"), msMax: msMax, isStopping)
    // Mail readers open the file as it is, and RFC 5322 requires CRLF.
    case .folder(let folder): return folder.keep(message.bytes(lineEnd: "\r\n"))
    }
  }
}
