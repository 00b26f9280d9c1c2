import Contract

extension Option {
  /// Where letters go.
  static let mailing = [
    Option(
      "--mail", takes: "KIND", .mailer, of: Command.mailers,
      """
      where letters go: sendmail[:COMMAND], dir:PATH, or none (none), which leaves secrets in the \
      answers
      """,
      details: """
        COMMAND gets a letter on its standard input (sendmail -t -i). It is split at spaces, and no shell \
        reads it. With dir: each letter becomes an .eml file in that folder.
        """
    ) { options, value in
      options.mail = try value.behind("dir:").map { "dir:" + (try Launch.path($0)) } ?? value
    },
    Option(
      "--mail-from", takes: "ADDRESS", .text, of: Command.mailers, "who they are from",
      details: "An address, or Name <address>. Otherwise they are from roster at this machine."
    ) { $0.mailFrom = $1 },
    Option(
      "--mail-link", takes: "URL", .text, of: Command.mailers,
      "what they link to, with {action} and {token} in it",
      details: """
        {action} becomes accept-invitation or reset-password: https://app.example/{action}?token={token}. \
        Otherwise letters have a code to paste.
        """
    ) { $0.mailLink = $1 },
  ]
}
