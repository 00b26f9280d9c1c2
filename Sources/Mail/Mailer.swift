internal import Contract
public import Users

/// Where letters go, and what they look like.
public struct Mailer: Sendable {
  private enum Way {
    case program(Program)
    case folder(LetterFolder)
  }

  private let way: Way
  private let sender: Mailbox
  private let link: LinkTemplate?

  /// `specification` is what stands behind --mail:
  ///
  /// - `none`: there is no mailer.
  /// - `sendmail`: letters go to `sendmail -t -i`, on its standard input.
  /// - `sendmail:COMMAND`: the same to another program. The command is split at spaces; no shell
  ///   reads it, so that quotes and variables mean nothing in it.
  /// - `dir:PATH`: each letter becomes a file in this folder.
  ///
  /// Programs are looked for in PATH, and then in /usr/sbin and /usr/lib. `from`, behind
  /// --mail-from, is an address or `Name <address>`; without it letters come from roster at this
  /// host. `link`, behind --mail-link, is what people are to open, as `LinkTemplate` has it;
  /// without it they get a code to paste.
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
        "Say none, sendmail, sendmail:COMMAND or dir:PATH.")
    }
  }

  /// Hands a letter over: to the program, which has to end well, or to the disk.
  ///
  /// False if that fails, takes more than `msMax` milliseconds, or if nothing can be mailed to such an
  /// address. Once `isStopping`, which is asked at least every 50 ms, no program is started, and
  /// one that runs has a second left.
  public func deliver(_ letter: Letter, msMax: Int, isStopping: () -> Bool) -> Bool {
    guard let message = Message(letter, from: sender, link: link, at: .now) else { return false }
    switch way {
    // What is piped to a program has the line ends of the system: the program makes the wire's of
    // them, and some (qmail, old sendmail) would double the CR.
    case .program(let program):
      return program.run(message.bytes(lineEnd: "\n"), msMax: msMax, isStopping)
    // A file is opened by mail readers as it is, and RFC 5322 knows only CRLF.
    case .folder(let folder): return folder.keep(message.bytes(lineEnd: "\r\n"))
    }
  }
}
