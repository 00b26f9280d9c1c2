internal import Contract
internal import Users

/// Params of methods that take only one account and the mutation options.
struct AccountParams: MutationParams {
  let user: UserReference
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    user = v.required("user_id", "Id or email.")
    options = MutationOptions(&v)
  }
}

extension AccountParams: ForeseenParams {
  var lookups: [Lookup] { [.user(user)] }
}
