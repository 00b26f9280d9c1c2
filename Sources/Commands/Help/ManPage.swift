import Server

/// The man page roster(1), made from the declarations.
enum ManPage {
  static var text: String {
    let sections = [
      header, commands, options, exitStatus, environment, files,
    ]
    return sections.joined(separator: "\n")
  }

  private static var header: String {
    let uses = Command.allCases.flatMap { $0.uses(columnsMax: 72) }.map(Roff.escaped)
    return """
      .TH ROSTER 1 "" "Roster \(rosterVersion)" "User Commands"
      .ad l
      .nh
      .SH NAME
      roster \\- a directory of users that other programs run as a plugin
      .SH SYNOPSIS
      .nf
      \((uses + [Roff.escaped("roster --version")]).joined(separator: "\n"))
      .fi
      .SH DESCRIPTION
      \(Roff.text(description))
      """
  }

  private static let description = """
    Roster keeps users in a file, or in memory, and answers JSON-RPC 2.0 requests about them on standard \
    input and output. A host spawns it with roster serve; the other commands are for people and scripts. \
    rpc.discover and roster openrpc describe its methods.
    """

  // MARK: Commands

  private static var commands: String {
    ".SH COMMANDS\n" + Command.allCases.map(section).joined(separator: "\n")
  }

  private static func section(of command: Command) -> String {
    let description = command.type.description
    let names = Option.listed(for: command).map(\.name).joined(separator: ", ")
    var lines = [".SS \(command.rawValue)", Roff.text(description.summary)]
    for (form, text) in description.operands.flatMap(\.help) {
      lines.append(Roff.entry(form, text.asSentence))
    }
    lines += description.paragraphs.map { ".PP\n" + Roff.text($0) }
    lines.append(".PP\n" + Roff.text("It takes \(names)."))
    if description.exitStatus != CommandDescription.usualExitStatus {
      let all = description.exitStatus.joined(separator: ", ")
      lines.append(".PP\n" + Roff.text("Exit status: \(all)."))
    }
    return lines.joined(separator: "\n")
  }

  // MARK: Options

  private static var options: String {
    let entries = Option.all.filter(\.isListed).map { option in
      let all = option.commands == Command.allCases
      let commands = option.commands.map(\.rawValue).joined(separator: ", ")
      let scope = all ? "Every command takes it." : commands.isEmpty ? "" : "With \(commands)."
      let text = [option.help.asSentence, option.details(), scope].filter { !$0.isEmpty }
      return Roff.entry(
        option.allNames, placeholder: option.placeholder, text.joined(separator: " "))
    }
    return ".SH OPTIONS\n" + entries.joined(separator: "\n")
  }

  // MARK: Around the commands

  private static var exitStatus: String {
    let entries = CommandDescription.usualExitStatus.map { status in
      Roff.entry(String(status.prefix(1)), String(status.dropFirst(2)).asSentence)
    }
    return ".SH EXIT STATUS\n" + entries.joined(separator: "\n")
  }

  private static var environment: String {
    let variables = [
      (TokenSource.variable, "The caller's token. It is wiped from the environment at the start."),
      ("ROSTER_STORE", "The store, where --store is not given."),
      ("ROSTER_AS", "The calling account, where --as is not given. Not beside a token."),
      (
        "ROSTER_LOG",
        """
        info writes a line to standard error for each request, the start, the end and long waits for \
        the lock; debug writes more. Never params, secrets or lines. See --log.
        """
      ),
      ("NO_COLOR", "Turns off bold type, if it is not empty."),
      ("COLUMNS", "The width of a table, if the terminal does not say its own."),
      ("XDG_DATA_HOME", "The folder of roster/users.db, the default store (~/.local/share)."),
      ("HOME", "The folder that ~/ stands for."),
    ]
    return ".SH ENVIRONMENT\n"
      + variables.map { Roff.entry($0.0, $0.1) }.joined(separator: "\n")
  }

  private static var files: String {
    let files = [
      ("users.db", "The store. Only its owner can read it."),
      (
        "users.db-wal, users.db-shm, users.db-lock",
        "Its log, the log's index and its lock. They belong to the store: move all of them or none."
      ),
    ]
    return ".SH FILES\n" + files.map { Roff.entry($0.0, $0.1) }.joined(separator: "\n")
  }
}
