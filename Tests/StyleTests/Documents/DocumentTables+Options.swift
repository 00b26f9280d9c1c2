@testable import Commands

extension DocumentTables {
  /// The options in the order of their declarations, which are sorted by topic.
  static var options: MarkdownTable {
    MarkdownTable(
      "Option", "Commands", "What it does",
      rows: Option.all.filter(\.isListed).map { option in
        [option.longForm.asCode, commands(of: option), option.help.asSentence.asText]
      })
  }

  private static func commands(of option: Option) -> String {
    if option.commands.isEmpty { return "none: it stands alone" }
    if option.commands == Command.allCases { return "every command" }
    let names = option.commands.flatMap { command in
      option.forms.isEmpty
        ? [command.rawValue.asCode] : option.forms.map { "\(command.rawValue) \($0)".asCode }
    }
    return names.joined(separator: ", ") + (option.isRequired ? " (required)" : "")
  }
}
