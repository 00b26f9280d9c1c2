import Contract

extension Option {
  /// Options that have nothing to do with a store.
  static let general = [showingHelp, showingVersion]

  static let showingHelp = Option(
    "--help", "-h", of: Command.allCases, "print help for this command",
    details: "roster help COMMAND prints more. Without a command, it lists all commands."
  ) { $0.isHelp = true }

  /// The version; used instead of a command.
  static let showingVersion = Option(
    "--version", "-V", of: [], "print the version", details: ""
  ) { _ in }
}
