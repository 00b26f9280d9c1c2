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
        try Terminal.say(secret: result.field("token")?.string ?? "", remedy: Self.unwritten)
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
      let errors = outcomes.compactMap { $0.field("error") }
      // The other operation says only that nothing was committed.
      let cause = errors.first { $0.field("data")?.field("reason")?.string != "not_committed" }
      if let error = cause ?? errors.first { throw SingleCall<Store>.refusal(error) }
      let secret = outcomes.first?.field("result")?.field("token")?.string ?? ""
      try Terminal.say(secret: secret, remedy: Self.unwritten)
    }
  }

  private static let unwritten: Notice =
    "The new token exists, and nobody has it: run roster token rotate with its name."

  private static func operation(_ method: String, _ params: ExampleValue) -> ExampleValue {
    .object([("method", .init(method)), ("params", params)])
  }

  /// The token with this id, or else with this name, of the account of `--user` or of the caller.
  /// A text that has the form of an id is never a name: names are free text, and one that looks like
  /// the id of another token must not take its place.
  private func token<Store: UserStore>(
    _ call: inout SingleCall<Store>, _ options: Options
  ) throws -> KeptToken {
    let name = name ?? ""
    let isID = UserID(name) != nil
    // The id of a token says whose it is.
    if isID, action == .revoke { return KeptToken(id: name) }
    var found: [KeptToken] = []
    try call.run("users.list_tokens", account(options)) { result in
      let tokens = result.elements.compactMap { KeptToken($0) }
      found = tokens.filter { (isID ? $0.id : $0.name) == name }
    }
    if found.count == 1 { return found[0] }
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
