/// The output of `--help` and `roster help`, made from the declarations.
enum Help {
  private static let columns = 80
  /// The column where explanations begin.
  private static let helpColumn = 22

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

      roster COMMAND --help prints options, roster help COMMAND everything.
      roster --version prints the version.
      """
  }

  /// The short help: one or two lines for each option.
  static func text(of command: Command) -> String {
    let description = command.type.description
    let operands = description.operands.flatMap(\.help).map { entry($0.form, $0.text) }
    let options = Option.listed(for: command).map { entry($0.longForm, $0.help) }
    return sections(of: command, [operands, options].map { $0.joined(separator: "\n") })
  }

  /// The long help, with all details of each option.
  static func longText(of command: Command) -> String {
    let description = command.type.description
    let operands = description.operands.flatMap(\.help).map { longEntry($0.form, $0.text, "") }
    let options = Option.listed(for: command).map { option in
      longEntry(option.longForm, option.help, option.details())
    }
    return sections(of: command, operands + options)
  }

  private static func sections(of command: Command, _ entries: [String]) -> String {
    let description = command.type.description
    let exitStatus = "Exit status: \(description.exitStatus.joined(separator: ", "))."
    let sections =
      [description.summary, usage(of: command)] + entries
      + description.paragraphs.map { $0.wrapped(to: columns) } + [exitStatus]
    return sections.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private static func usage(of command: Command) -> String {
    let uses = command.uses(columnsMax: columns - "usage: ".count)
    return "usage: " + uses.joined(separator: "\n       ")
  }

  private static func entry(_ form: String, _ text: String) -> String {
    let text = text.wrapped(to: columns, indent: helpColumn)
    // A form that is too long for the column gets a line of its own.
    if form.count + 4 > helpColumn { return "  \(form)\n\(text)" }
    let space = String(repeating: " ", count: helpColumn - 2 - form.count)
    return "  \(form)\(space)\(text.trimmingIndent)"
  }

  private static func longEntry(_ form: String, _ help: String, _ details: String) -> String {
    let paragraphs = [help.asSentence, details].filter { !$0.isEmpty }
    let text = paragraphs.map { $0.wrapped(to: columns, indent: 6) }.joined(separator: "\n\n")
    return "  \(form)\n\(text)"
  }
}
