internal import Contract
internal import JSON
internal import Secrets
internal import Users

enum ListTokens {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Method(declaration) { (params: ListTokensParams, store, out) throws(Failure) in
      let user = try store.tokenHolder(params.user)
      let now = try store.now()
      out.append("[")
      for token in try store.tokens(of: user) where token.isListed(at: now) {
        out.element()
        out.append("{")
        TokenRecord(token: token).fields(&out)
        out.append("}")
      }
      out.append("]")
    }
  }
}

extension Token {
  /// Expired sessions are hidden; expired API tokens are listed with their expiry.
  fileprivate func isListed(at now: Timestamp) -> Bool {
    kind == .api || (kind == .session && expiresAt > now)
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

extension ListTokens {
  static let declaration = Declaration(
    ListTokensParams.self,
    "users.list_tokens",
    "Lists the API tokens and sessions of an account, without their secrets.",
    access: .needs(.tokens), effect: .read, isIdempotent: true,
    refusals: [.notFound], result: .array(.object(ResultDescriber.fields(of: TokenRecord.self))),
    examples: [
      MethodExample("The caller's own tokens", [:], result: [.object(TokenRecord.example)])
    ])
}
