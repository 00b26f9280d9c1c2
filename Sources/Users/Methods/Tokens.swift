internal import Contract
internal import JSON
internal import Secrets

/// For how many days a token is good.
struct TokenDays: ParamValue {
  private static let range = 1...Lifetime.tokenDaysMax
  static let standard = TokenDays(value: Lifetime.tokenDaysStandard)
  let value: Int

  static var shape: Shape { .integer(range) }
  static var placeholder: TokenDays { standard }

  private init(value: Int) { self.value = value }

  init(_ json: JSONValue) throws(Mismatch) {
    guard let value = json.int, Self.range.contains(value) else {
      throw Mismatch("must be a whole number from 1 to \(Self.range.upperBound)")
    }
    self.value = value
  }
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

enum CreateToken<Store: UserStore> {
  /// Tokens of one account that have not ended.
  private static var tokensMax: Int { 1000 }

  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.create_token", "Makes an API token, whose secret is told this once.",
      access: .needs(.tokens), isIdempotent: false,
      result: .object(
        ResultDescriber.fields(of: TokenRecord.self) + [
          Field(
            "token", "The secret, to start Roster with; not in a repeated answer.", .string(),
            isRequired: false)
        ])
    ) { (params: CreateTokenParams, grant, out) throws(Failure) in
      let user = try grant.tokenHolder(params.user)
      try AccountRules.checkTouch(user, grant)
      try params.options.check(user)
      let capabilities = params.scopes?.capabilities
      try AccountRules.checkReach(of: user, within: capabilities, grant)
      try endOld(of: user, grant)
      let lasting = Int64(params.days.value) * Lifetime.dayMs
      try grant.store { store throws(StoreError) in
        if params.options.isDryRun { try store.beginPart() }
      }
      let (text, token) = try grant.makeToken(.api, for: user, lasting: lasting) { token in
        token.name = params.name.value
        token.capabilities = capabilities
      }
      let isDryRun = params.options.isDryRun
      if isDryRun {
        try grant.store { store throws(StoreError) in try store.endPart(isKept: false) }
      } else {
        try grant.record(
          .tokenCreated, user, ChangeList("token_id", before: UserID?.none, after: token.id))
      }
      out.append("{")
      TokenRecord(token: token).fields(&out)
      if !isDryRun, !grant.gate.isRehearsing { grant.show(text.text, as: "token", &out) }
      out.append("}")
    }
  }

  /// Tokens that have ended go. Refuses if there are too many others.
  private static func endOld(of user: User, _ grant: Authorized<Store>) throws(Failure) {
    let now = try grant.now()
    let count = try grant.store { store throws(StoreError) in
      let tokens = try store.tokens(of: user.id).filter { $0.kind == .api }
      for token in tokens where token.expiresAt <= now { try store.remove(token) }
      return tokens.filter { $0.expiresAt > now }.count
    }
    if count >= tokensMax { throw .tooManyTokens(tokensMax) }
  }
}

struct ListTokensParams: Params {
  let user: UserReference?

  init(_ v: inout ParamVisitor) {
    user = v.optional("user_id", "Id or email of the account (the caller's).")
  }
}

enum ListTokens<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Method(
      "users.list_tokens", "Lists the API tokens of an account, without their secrets.",
      access: .needs(.tokens), effect: .read, isIdempotent: true,
      result: .array(.object(ResultDescriber.fields(of: TokenRecord.self)))
    ) { (params: ListTokensParams, grant, out) throws(Failure) in
      let user = try grant.tokenHolder(params.user)
      let tokens = try grant.store { store throws(StoreError) in try store.tokens(of: user.id) }
      out.append("[")
      for token in tokens where token.kind == .api {
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
      access: .needs(.tokens), effect: .destructive, isIdempotent: true, result: .yes
    ) { (params: RevokeTokenParams, grant, out) throws(Failure) in
      let token = try grant.store { store throws(StoreError) in
        try params.token.id.flatMap { (id) throws(StoreError) in try store.token(.id(id)) }
      }
      guard let token, token.kind == .api, let user = try grant.userIfAny(.id(token.userID)) else {
        throw .tokenNotFound
      }
      try AccountRules.checkTouch(user, grant)
      try params.options.check(user)
      if !params.options.isDryRun {
        try grant.store { store throws(StoreError) in try store.remove(token) }
        try grant.record(
          .tokenRevoked, user, ChangeList("token_id", before: token.id, after: UserID?.none))
      }
      out.append("true")
    }
  }
}

extension Authorized {
  /// The account whose tokens are meant: the caller's own unless another is named.
  fileprivate func tokenHolder(_ reference: UserReference?) throws(Failure) -> User {
    let own = UserReference.id(try caller().id)
    return try user(reference ?? own)
  }
}
