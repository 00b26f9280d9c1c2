import Contract
import JSON
import UserMethods
import Users

struct TokenWork {
  let action: TokenAction
  let id: String?

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    var call = SingleCall(control: try options.control(for: store), store: store)
    switch action {
    case .create:
      try call.run("users.create_token", params(options)) { result in
        Terminal.say(result.field("token")?.string ?? "")
      }
    case .list:
      try call.run("users.list_tokens", params(options)) { result in
        Terminal.say(Terminal.isOutputForPeople ? Table(tokens: result).text : result.compact)
      }
    case .revoke:
      try call.run("users.revoke_token", params(options)) { _ in
        if Terminal.isOutputForPeople { Terminal.say("revoked") }
      }
    }
  }

  private func params(_ options: Options) -> String {
    var out = ByteBuffer()
    out.append("{")
    func put(_ name: StaticString, _ value: String?, _ out: inout ByteBuffer) {
      guard let value else { return }
      out.field(name)
      out.write(value)
    }
    put("user_id", options.user, &out)
    if action == .create { put("name", options.name, &out) }
    put("token_id", id, &out)
    if let scopes = options.scopes {
      out.field("scopes")
      scopes.write(into: &out)
    }
    if let days = options.days {
      out.field("expires_in_days")
      out.write(days)
    }
    out.append("}")
    return out.string
  }
}
