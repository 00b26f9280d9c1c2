internal import Contract
internal import JSON
internal import Secrets
internal import Users

enum CreateToken {
  /// Limit on unexpired API tokens of one account.
  private static var tokensMax: Int { 1000 }

  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Mutation.method(declaration) { (params: CreateTokenParams, store, out) throws(Failure) in
      let user = try store.tokenHolder(params.user)
      try params.options.check(user)
      let way = NewCredential.apiToken(
        name: params.name.value, params.scopes?.values, days: params.days.value)
      try store.check(.open(way, to: user))
      if try liveTokens(of: user, store) >= tokensMax { throw .tooManyTokens(tokensMax) }
      let opened = try store.apply(.open(way, to: user)).opened
      guard let opened, let token = opened.token else { throw .internalError }
      out.append("{")
      let secret = store.request.isDryRun ? nil : SecretText(value: opened.secret)
      let result = NewToken(record: TokenRecord(token: token), secret: secret)
      store.write(fieldsOf: result, into: &out)
      out.append("}")
    }
  }

  /// The number of unexpired API tokens.
  private static func liveTokens<Store: UserStore>(
    of user: User, _ store: ScopedStore<Store>
  ) throws(Failure) -> Int {
    let now = try store.now()
    return try store.tokens(of: user).count { $0.kind == .api && $0.expiresAt > now }
  }
}

struct CreateTokenParams: MutationParams {
  let user: UserReference?
  let name: Label
  let scopes: EnumSet<Capability>?
  let days: TokenDays
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    user = v.optional("user_id", "Id or email of the account (the caller's).")
    name = v.required("name", "Name, for people.")
    scopes = v.optional("scopes", "Limits it to these capabilities (all of the account's).")
    days = v.optional("expires_in_days", "Days until it expires (90).") ?? .standard
    options = MutationOptions(&v)
  }
}

extension CreateTokenParams: ForeseenParams {
  var lookups: [Lookup] { user.map { [.user($0)] } ?? [] }
}

extension CreateToken {
  static let declaration = Mutation.declaration(
    CreateTokenParams.self,
    "users.create_token", "Creates an API token; only this answer contains its secret.",
    access: .needs(.tokens), isIdempotent: false,
    refusals: [.notFound, .failedPrecondition],
    result: .object(ResultDescriber.fields(of: NewToken.self)),
    examples: [
      MethodExample(
        "Makes a token that can only read",
        ["name": "Nightly export", "scopes": ["users.read"], "expires_in_days": 30],
        result: .object(
          NewToken(record: .example, secret: SecretText(value: ExampleData.apiToken))))
    ])
}
