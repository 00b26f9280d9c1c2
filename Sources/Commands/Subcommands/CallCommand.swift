import Contract
import JSON
import Server
import UserMethods
import Users

enum CallCommand: Subcommand {
  static let description = CommandDescription(
    "Call one method: key=value …, or a JSON object, or - to read one.",
    forms: [
      CommandForm(
        nil,
        Operand("METHOD", .suggestions { Catalogue.methods.map(\.name.description) }, "its name"),
        Operand(anyOf: [
          (
            "key=value …",
            "a param; numbers, true, false, null, lists and objects are read as JSON"
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

struct Call {
  let method: String
  let words: [String]

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    var call = SingleCall(
      gate: try options.gate(for: store), store: store, deliver: try options.postman())
    let params = try ParamWords(fields: call.params(of: method)).json(words)
    try call.run(method, params) { result in
      if Terminal.isOutputForPeople, let table = Table(result) { return Terminal.say(table.text) }
      Terminal.say(Terminal.isOutputForPeople ? result.indented() : result.compact)
    }
  }
}
