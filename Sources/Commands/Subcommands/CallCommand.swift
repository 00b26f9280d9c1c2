import Contract
import Server
import Users

enum CallCommand: Subcommand {
  static let description = CommandDescription(
    "Call one method: VALUE or key=value …, JSON, or - for stdin.",
    forms: [
      CommandForm(
        nil,
        Operand(
          "METHOD", .suggestions { ServerCatalog.descriptions.map(\.name.description) }, "its name"),
        Operand(anyOf: [
          (
            "VALUE | key=value …",
            "a param, by position or by name: text as it is, a list of texts as a,b, else JSON"
          ),
          ("JSON", "all params"), ("-", "all params, as JSON on standard input"),
        ]))
    ],
    paragraphs: [
      """
      roster call users.get ada@acme.example gives the first param by position; metadata.team=ops \
      sets one field of an object. roster help METHOD lists the params of a method.
      """,
      """
      Prints the result: a table on a terminal, JSON into a pipe. The exit status is 1 if the call, \
      or an operation of a bulk, failed. A permanent deletion asks a person at a terminal first.
      """,
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let method = options.operands[0]
    try MethodWords.check(method)
    if options.isAll, method != "users.list", method != "users.events" {
      throw UsageError("--all is for users.list and users.events, not for \(method)")
    }
    let words = Array(options.operands.dropFirst())
    try options.withStore(store, .call(Call(method: method, words: words)))
  }
}
