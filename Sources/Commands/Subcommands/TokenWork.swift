import Contract
import JSON
import UserMethods
import Users

struct TokenWork {
  let action: TokenAction
  /// The id or the name of a token.
  let name: String?

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    var call = SingleCall(control: try options.control(for: store), store: store)
    switch action {
    case .create:
      try call.run("users.create_token", creation(options)) { result in
        Terminal.say(result.field("token")?.string ?? "")
      }
    case .list:
      var printer = ResultPrinter(options.output)
      try call.run("users.list_tokens", account(options)) { printer.show($0) }
    case .rotate: try rotate(try token(&call, options), &call, options)
    case .revoke:
      let token = try token(&call, options)
      try call.run("users.revoke_token", ExampleValue.object([("token_id", .init(token.id))]).json)
      {
        _ in
        if Terminal.isOutputForPeople { Terminal.say("revoked \(token.name)") }
      }
    }
  }

  /// Creates a token with the same name and scopes, and the same days unless --days is given.
  /// Revokes the old one in the same transaction. Prints the new token.
  private func rotate<Store: UserStore>(
    _ token: KeptToken, _ call: inout SingleCall<Store>, _ options: Options
  ) throws {
    var params: [(String, ExampleValue)] = [
      ("user_id", .init(token.userID)), ("name", .init(token.name)),
      ("expires_in_days", .init(options.days ?? token.days)),
    ]
    if let scopes = token.scopes { params.append(("scopes", .init { scopes.write(into: &$0) })) }
    let operations = [
      Self.operation("users.create_token", .object(params)),
      Self.operation("users.revoke_token", .object([("token_id", .init(token.id))])),
    ]
    let bulk = ExampleValue.object([
      ("atomic", true),
      (
        "operations",
        .init { out in
          out.append(text: "[\(operations[0].json),\(operations[1].json)]")
        }
      ),
    ])
    try call.run("users.bulk", bulk.json) { result in
      let outcomes = result.field("results")?.elements.map { $0 } ?? []
      if let error = outcomes.compactMap({ $0.field("error") }).first {
        throw SingleCall<Store>.refusal(error)
      }
      Terminal.say(outcomes.first?.field("result")?.field("token")?.string ?? "")
    }
  }

  private static func operation(_ method: String, _ params: ExampleValue) -> ExampleValue {
    .object([("method", .init(method)), ("params", params)])
  }

  /// The token with this id or name, of the account of `--user` or of the caller.
  private func token<Store: UserStore>(
    _ call: inout SingleCall<Store>, _ options: Options
  ) throws -> KeptToken {
    let name = name ?? ""
    var found: [KeptToken] = []
    try call.run("users.list_tokens", account(options)) { result in
      found = result.elements.compactMap { KeptToken($0) }.filter {
        $0.id == name || $0.name == name
      }
    }
    if found.count == 1 { return found[0] }
    // The list lacks tokens of other accounts, but revoking one needs only its id.
    if found.isEmpty, action == .revoke, UserID(name) != nil {
      return KeptToken(id: name)
    }
    throw CommandError(
      found.isEmpty
        ? "the account has no token with the id or name \(name)"
        : "the account has \(found.count) tokens with the name \(name)",
      found.isEmpty
        ? "See: roster token list; with --user EMAIL for those of another account."
        : "Name one by its id: \(found.map(\.id).joined(separator: ", "))")
  }

  private func account(_ options: Options) -> String {
    ExampleValue.object(options.user.map { [("user_id", .init($0))] } ?? []).json
  }

  private func creation(_ options: Options) -> String {
    var params: [(String, ExampleValue)] = []
    if let user = options.user { params.append(("user_id", .init(user))) }
    if let name = options.name { params.append(("name", .init(name))) }
    if let scopes = options.scopes { params.append(("scopes", .init { scopes.write(into: &$0) })) }
    if let days = options.days { params.append(("expires_in_days", .init(days))) }
    return ExampleValue.object(params).json
  }
}
