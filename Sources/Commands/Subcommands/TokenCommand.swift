import Contract
import JSON
import UserMethods
import Users

enum TokenCommand: Subcommand {
  static let description = CommandDescription(
    summary: "Make, list and revoke API tokens.",
    usage: """
      usage: roster token create --name NAME [--user EMAIL-or-ID] [--scopes CAP,…] [--days N] …
             roster token list [--user EMAIL-or-ID] …
             roster token revoke ID …

        --user EMAIL-or-ID  whose token (the caller's)
        --name NAME         what it is for
        --scopes CAP,…      narrows it to these capabilities
        --days N            for how long it is good: 1 to 365 (90)

      \(Help.store)
      \(Help.caller)

      create prints the token and nothing else, this once: roster token create … > FILE, after
      umask 077, makes a file for --token-file.
      """,
    options: ["--store", "--user", "--name", "--scopes", "--days"] + Help.callerOptions
  )

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let deed = TokenDeed(rawValue: options.words.first ?? "")
    guard let deed else { throw UsageError("token is followed by create, list or revoke") }
    let words = Array(options.words.dropFirst())
    guard words.count == (deed == .revoke ? 1 : 0) else {
      throw UsageError("token \(deed.rawValue) takes \(deed == .revoke ? "one id" : "no word")")
    }
    if deed == .create, options.name == nil { throw UsageError("token create needs --name NAME") }
    try options.withStore(store, TokenWork(deed: deed, id: words.first))
  }
}

private enum TokenDeed: String { case create, list, revoke }

private struct TokenWork: StoreWork {
  let deed: TokenDeed
  let id: String?

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    var call = SingleCall(gate: try options.gate(for: store), store: store)
    switch deed {
    case .create:
      try call.run("users.create_token", params(options)) { result in
        Terminal.say(result.member("token")?.string ?? "")
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
      out.member(name)
      out.write(value)
    }
    put("user_id", options.user, &out)
    if deed == .create { put("name", options.name, &out) }
    put("token_id", id, &out)
    if let scopes = options.scopes {
      out.member("scopes")
      scopes.write(into: &out)
    }
    if let days = options.days {
      out.member("expires_in_days")
      out.write(days)
    }
    out.append("}")
    return out.string
  }
}
