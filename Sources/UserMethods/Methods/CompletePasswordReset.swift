internal import Contract
internal import JSON
internal import Secrets
internal import Users

enum CompletePasswordReset {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Mutation.method(declaration) { (params, control, request) throws(Failure) in
      try control.newHash(params.new, for: params.token, .passwordReset, request)
    } run: { (params, hash, store, out) throws(Failure) in
      let user = try store.holder(of: params.token, .passwordReset)
      try params.options.check(user)
      guard let hash, !user.isOAuth else { throw .unknownSecret }
      if user.flags.contains(.invited) { throw .stillInvited }
      try params.new.check(for: user, "/new_password")
      _ = try store.apply(.open(.newPassword(hash), to: user))
      out.append("true")
    }
  }
}

struct CompletePasswordResetParams: MutationParams {
  let token: SecretToken
  let new: NewPassword
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    token = v.required("token", "The token from the password reset.")
    new = v.required("new_password", "The password to sign in with from now on.")
    options = MutationOptions(&v, subject: "\(token.digest ?? [])", secrets: [new.value])
  }
}

extension CompletePasswordResetParams: ForeseenParams {
  var lookups: [Lookup] { token.digest.map { [.token(.digest($0))] } ?? [] }
}

extension CompletePasswordReset {
  static let declaration = Mutation.declaration(
    CompletePasswordResetParams.self,
    "users.complete_password_reset", "Chooses the new password; all sessions end.",
    access: .open, isIdempotent: false, refusals: [.notFound, .failedPrecondition],
    result: .constantTrue,
    examples: [
      MethodExample(
        "Chooses the new password",
        ["token": ExampleValue(ExampleData.reset), "new_password": "seven grey herons"],
        result: true)
    ])
}
