internal import Contract
internal import JSON
internal import Users

enum RevokeToken {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Mutation.method(declaration) { (params: RevokeTokenParams, store, out) throws(Failure) in
      let found = try params.token.id.flatMap { (id) throws(Failure) in try store.token(id) }
      guard let (token, user) = found, token.kind == .api || token.kind == .session else {
        throw .tokenNotFound
      }
      try params.options.check(user)
      _ = try store.apply(.revoke(token, of: user))
      out.append("true")
    }
  }
}

struct RevokeTokenParams: MutationParams {
  let token: TokenID
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    token = v.required("token_id", "Id of the token or session.")
    options = MutationOptions(&v)
  }
}

extension RevokeTokenParams: ForeseenParams {
  var lookups: [Lookup] { token.id.map { [.token(.id($0))] } ?? [] }
}

extension RevokeToken {
  static let declaration = Mutation.declaration(
    RevokeTokenParams.self,
    "users.revoke_token", "Ends an API token or a session at once, in every running process.",
    access: .needs(.tokens), effect: .destructive, isIdempotent: true,
    refusals: [.notFound, .failedPrecondition], result: .constantTrue,
    examples: [
      MethodExample(
        "Ends the token", ["token_id": ExampleValue(TokenRecord.example.token.id)],
        result: true)
    ])
}
