import Contract
import Server

enum HelpCommand: Subcommand {
  static let description = CommandDescription(
    "Print everything about a command or a method.",
    forms: [
      CommandForm(
        nil,
        Operand(
          "COMMAND|METHOD",
          .suggestions {
            Command.allCases.map(\.rawValue) + ServerCatalog.descriptions.map(\.name.description)
          }, isOptional: true,
          "a command, or a method of roster call; without it, help lists all commands"))
    ],
    paragraphs: ["roster COMMAND --help is shorter; roster man prints the whole manual."])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    guard let word = options.operands.first else { return Terminal.say(Help.overview) }
    if let text = MethodHelp.text(of: word) { return Terminal.say(text) }
    if word.holds(".") { try MethodWords.check(word) }
    Terminal.say(Help.longText(of: try .required(word)))
  }
}
