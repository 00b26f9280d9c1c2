import Contract
import Server
import Users

enum CallCommand: Subcommand {
  static let description = CommandDescription(
    "Call one method: key=value …, a JSON object, or - for stdin.",
    forms: [
      CommandForm(
        nil,
        Operand(
          "METHOD", .suggestions { ServerCatalog.descriptions.map(\.name.description) }, "its name"),
        Operand(anyOf: [
          (
            "key=value …",
            "a param; a text as it is, any other value as JSON"
          ),
          ("JSON", "all params"), ("-", "all params, as JSON on standard input"),
        ]))
    ],
    paragraphs: [
      "Prints the result: a table on a terminal, JSON into a pipe."
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    try options.withStore(
      store,
      .call(Call(method: options.operands[0], words: Array(options.operands.dropFirst()))))
  }
}
