import Contract
import Server
import UserMethods
import Users

struct Call {
  let method: String
  let words: [String]

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    var call = SingleCall(
      control: try options.control(for: store), store: store, deliver: try options.postman())
    let params = try ParamWords(fields: call.params(of: method)).json(words)
    try call.run(method, params) { result in
      if Terminal.isOutputForPeople, let table = Table(result) { return Terminal.say(table.text) }
      Terminal.say(Terminal.isOutputForPeople ? result.indented() : result.compact)
    }
  }
}
