import Contract

extension Option {
  /// What has nothing to do with any store.
  static let general = [showingHelp, showingVersion]

  static let showingHelp = Option(
    "--help", "-h", of: Command.allCases, "tell of this command, and do nothing",
    details: "roster help COMMAND tells more. Without a command, all commands are told."
  ) { $0.isHelp = true }

  /// The version: it stands in place of a command.
  static let showingVersion = Option(
    "--version", "-V", of: [], "tell the version, in place of a command", details: ""
  ) { _ in }
}
