internal import Contract
internal import JSON
internal import Secrets
internal import Users

/// For how many days a token is good.
struct TokenDays: WholeNumber {
  static let range = 1...Lifetime.tokenDaysMax
  static let standard = TokenDays(unchecked: Lifetime.tokenDaysStandard)
  let value: Int

  init(unchecked value: Int) { self.value = value }
}

/// Capabilities that a token is narrowed to.
struct TokenScopes: ParamValue {
  let capabilities: Set<Capability>

  private static let length = 1...Capability.allCases.count
  static var shape: Shape { .array(Capability.shape, length: length) }
  static var placeholder: TokenScopes { TokenScopes(capabilities: []) }

  private init(capabilities: Set<Capability>) { self.capabilities = capabilities }

  init(_ json: JSONValue) throws(Mismatch) {
    capabilities = Set(
      try json.decodedElements(length: Self.length) {
        (element) throws(Mismatch) in try Capability(element)
      })
  }
}

struct CreateTokenParams: MutationParams {
  let user: UserReference?
  let name: Label
  let scopes: TokenScopes?
  let days: TokenDays
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    user = v.optional("user_id", "Id or email of the account (the caller's).")
    name = v.required("name", "What the token is for.")
    scopes = v.optional("scopes", "Narrows it to these capabilities (all of the account's).")
    days = v.optional("expires_in_days", "For how long it is good (90).") ?? .standard
    options = MutationOptions(&v)
  }
}

extension CreateTokenParams: ForeseenParams {
  var lookups: [Lookup] { user.map { [.user($0)] } ?? [] }
}

enum CreateToken<Store: UserStore> {
  /// Tokens of one account that have not ended.
  private static var tokensMax: Int { 1000 }

  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.create_token", "Makes an API token, whose secret is told this once.",
      access: .needs(.tokens), isIdempotent: false,
      refusals: [.notFound, .failedPrecondition],
      result: .object(
        ResultDescriber.fields(of: TokenRecord.self) + [
          Field(
            "token", "The secret, to start Roster with; not in a repeated answer.",
            .secret(.string()),
            isRequired: false)
        ]),
      examples: [
        MethodExample(
          "Makes a token that can only read",
          ["name": "Nightly export", "scopes": ["users.read"], "expires_in_days": 30],
          result: .object { out in
            TokenRecord.example.fields(&out)
            out.field("token", Story.apiToken, "")
          })
      ]
    ) { (params: CreateTokenParams, store, out) throws(Failure) in
      let user = try store.tokenHolder(params.user)
      try params.options.check(user)
      let way = WayIn.apiToken(
        name: params.name.value, params.scopes?.capabilities, days: params.days.value)
      try store.check(.open(way, to: user))
      if try liveTokens(of: user, store) >= tokensMax { throw .tooManyTokens(tokensMax) }
      let opened = try store.apply(.open(way, to: user)).opened
      guard let opened, let token = opened.token else { throw .internalError }
      out.append("{")
      TokenRecord(token: token).fields(&out)
      if !store.request.isDryRun { store.show(opened.secret, as: "token", &out) }
      out.append("}")
    }
  }

  /// How many have not ended.
  private static func liveTokens(
    of user: User, _ store: ScopedStore<Store>
  ) throws(Failure) -> Int {
    let now = try store.now()
    return try store.tokens(of: user).count { $0.kind == .api && $0.expiresAt > now }
  }
}

struct ListTokensParams: Params {
  let user: UserReference?

  init(_ v: inout ParamVisitor) {
    user = v.optional("user_id", "Id or email of the account (the caller's).")
  }
}

extension ListTokensParams: ForeseenParams {
  var lookups: [Lookup] { user.map { [.user($0)] } ?? [] }
}

enum ListTokens<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Method(
      "users.list_tokens", "Lists the API tokens of an account, without their secrets.",
      access: .needs(.tokens), effect: .read, isIdempotent: true,
      refusals: [.notFound], result: .array(.object(ResultDescriber.fields(of: TokenRecord.self))),
      examples: [
        MethodExample("The caller's own", [:], result: [.object(TokenRecord.example)])
      ]
    ) { (params: ListTokensParams, store, out) throws(Failure) in
      let user = try store.tokenHolder(params.user)
      out.append("[")
      for token in try store.tokens(of: user) where token.kind == .api {
        out.element()
        out.append("{")
        TokenRecord(token: token).fields(&out)
        out.append("}")
      }
      out.append("]")
    }
  }
}

struct RevokeTokenParams: MutationParams {
  let token: TokenID
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    token = v.required("token_id", "Id of the token.")
    options = MutationOptions(&v)
  }
}

extension RevokeTokenParams: ForeseenParams {
  var lookups: [Lookup] { token.id.map { [.token(.id($0))] } ?? [] }
}

/// A text that may be the id of a token.
struct TokenID: ParamValue {
  /// nil for a text that is no id: there is no such token.
  let id: UserID?

  static var shape: Shape { .string(length: 1...255) }
  static var placeholder: TokenID { TokenID(id: nil) }

  private init(id: UserID?) { self.id = id }

  init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    guard (1...255).contains(text.scalarCount) else {
      throw Mismatch("must have 1 to 255 characters")
    }
    id = UserID(text)
  }
}

enum RevokeToken<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.revoke_token", "Ends an API token at once, in every running process.",
      access: .needs(.tokens), effect: .destructive, isIdempotent: true,
      refusals: [.notFound, .failedPrecondition], result: .yes,
      examples: [
        MethodExample(
          "Ends the token", ["token_id": ExampleValue(TokenRecord.example.token.id)],
          result: true)
      ]
    ) { (params: RevokeTokenParams, store, out) throws(Failure) in
      let found = try params.token.id.flatMap { (id) throws(Failure) in try store.token(id) }
      guard let (token, user) = found, token.kind == .api else { throw .tokenNotFound }
      try params.options.check(user)
      _ = try store.apply(.revoke(token, of: user))
      out.append("true")
    }
  }
}

extension ScopedStore {
  /// The account whose tokens are meant: the caller's own unless another is named.
  fileprivate func tokenHolder(_ reference: UserReference?) throws(Failure) -> User {
    let own = UserReference.id(try caller().id)
    return try user(reference ?? own)
  }
}

extension TokenRecord {
  fileprivate static var example: TokenRecord {
    let (id, end) = (Story.id(140), Story.time(140).adding(30 * Lifetime.dayMs))
    var token = Token(id: id, kind: .api, userID: Story.ada.id, digest: [], expiresAt: end)
    token.name = "Nightly export"
    token.capabilities = [.read]
    return TokenRecord(token: token)
  }
}
