/// What `--help` prints.
enum Help {
  static var overview: String {
    let width = Command.allCases.map(\.rawValue.count).max() ?? 0
    let lines = Command.allCases.map { command in
      let space = String(repeating: " ", count: width - command.rawValue.count)
      return "  \(command.rawValue)\(space)  \(command.type.description.summary)"
    }
    return """
      Roster: a directory of users that other programs run as a plugin.

      usage: roster COMMAND …

      \(lines.joined(separator: "\n"))

      roster COMMAND --help tells more; roster --version tells the version.
      """
  }

  static func text(of command: Command) -> String {
    "\(command.type.description.summary)\n\n\(command.type.description.usage())"
  }

  static let store = """
      --store file:PATH   the store's file ($XDG_DATA_HOME/roster/users.db)
      --store memory      nothing is kept; --as becomes the owner
    """

  /// The options that say where letters go.
  static let mailOptions = ["--mail", "--mail-from", "--mail-link"]

  static let mail = """
      --mail KIND         where letters go: sendmail[:COMMAND], dir:PATH, or none (none), which
                          leaves secrets in the answers
      --mail-from ADDRESS who they are from
      --mail-link URL     what they link to, with {action} and {token} in it
    """

  /// The options of `serve` that are not those of others.
  static let serving = """
      --tools NAME,…      only these tools for agents: users_get, users_list, …
      --confirm WHEN      whether a person confirms what agents ask for that can't be undone: ask,
                          or never (ask)
      --line-bytes-max N  longest message that is read, in bytes (4194304)
    """

  /// The options that say who calls, and how narrowly.
  static let callerOptions = [
    "--as", "--token-fd", "--token-file", "--policy", "--read-only", "--allow", "--deny", "--org",
  ]

  static let caller = """
      --as EMAIL-or-ID    the account that calls; without a caller only the open methods answer
      --token-file PATH   the caller's token, in a file that only its owner can read
      --token-fd N        the caller's token, to be read from descriptor N; or ROSTER_TOKEN
      --policy FILE       custom roles, for a store that has none yet (see roster policy)
      --read-only         only reading
      --allow CAP,…       only these capabilities
      --deny CAP,…        not these capabilities
      --org ORG           only this organization
    """
}
