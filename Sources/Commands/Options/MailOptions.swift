import Contract

extension Option {
  /// Options for sending mail.
  static let mailing = [
    Option(
      "--mail", takes: "KIND", .mailer, of: Command.mailers,
      """
      how to send emails: sendmail[:COMMAND], dir:PATH, or none (default), which puts secrets \
      into the replies
      """,
      details: """
        COMMAND reads each email from its standard input (default: sendmail -t -i). It is split at \
        spaces and run without a shell. With dir:, each email becomes an .eml file in that folder.
        """
    ) { options, value in
      options.mail = try value.behind("dir:").map { "dir:" + (try Launch.path($0)) } ?? value
    },
    Option(
      "--mail-from", takes: "ADDRESS", .text, of: Command.mailers, "sender of the emails",
      details: "An address, or Name <address>. Default: roster at this machine."
    ) { $0.mailFrom = $1 },
    Option(
      "--mail-link", takes: "URL", .text, of: Command.mailers,
      "link in the emails, with {action} and {token} in it",
      details: """
        {action} becomes accept-invitation or reset-password: https://app.example/{action}?token={token}. \
        Without it, emails contain a code to paste.
        """
    ) { $0.mailLink = $1 },
  ]
}
