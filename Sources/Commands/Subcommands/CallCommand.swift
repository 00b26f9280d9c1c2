import Contract
import JSON
import Server
import UserMethods
import Users

enum CallCommand: Subcommand {
  static let description = CommandDescription(
    summary: "Call one method: key=value …, or a JSON object, or - to read one.",
    usage: """
      usage: roster call METHOD [key=value … | JSON | -] [--store …] [--as EMAIL-or-ID] …

        key=value           a param; numbers, true, false, null, lists and objects are read as JSON
        JSON                all params
        -                   all params, as JSON on standard input

      \(Help.store)
      \(Help.caller)
      \(Help.mail)

      Prints the result: a table on a terminal, JSON into a pipe.
      Exit status: 0 done, 1 refused or failed, 2 usage.
      """,
    options: ["--store"] + Help.callerOptions + Help.mailOptions
  )

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    guard let method = options.words.first else { throw UsageError("call needs a method") }
    try options.withStore(store, Call(method: method, words: Array(options.words.dropFirst())))
  }
}

private struct Call: StoreWork {
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
