enum HelpCommand: Subcommand {
  static let description = CommandDescription(
    "Print everything about a command.",
    forms: [
      CommandForm(
        nil,
        Operand(
          "COMMAND", .words { Command.allCases.map(\.rawValue) }, isOptional: true,
          "the command; without it, help lists all"))
    ],
    paragraphs: ["roster COMMAND --help is shorter; roster man prints the whole manual."])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    guard let word = options.operands.first else { return Terminal.say(Help.overview) }
    Terminal.say(Help.longText(of: try .named(word)))
  }
}
