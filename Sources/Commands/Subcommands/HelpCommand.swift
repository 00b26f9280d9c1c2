enum HelpCommand: Subcommand {
  static let description = CommandDescription(
    "Tell all about a command.",
    forms: [
      CommandForm(
        nil,
        Operand(
          "COMMAND", .words { Command.allCases.map(\.rawValue) }, isOptional: true,
          "which command; without it, all are listed"))
    ],
    paragraphs: ["roster COMMAND --help tells the same in short, and roster man all in one page."])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    guard let word = options.operands.first else { return Terminal.say(Help.overview) }
    Terminal.say(Help.longText(of: try .named(word)))
  }
}
