internal import Contract
internal import JSON
internal import Secrets
internal import Users

enum ResetPassword<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.reset_password",
      "Lets an account choose a new password within 30 minutes; what it was sent before ends.",
      access: .needs(.resetPassword), isIdempotent: false,
      refusals: [.notFound, .failedPrecondition], result: LetterAnswer.shape,
      examples: [
        MethodExample(
          "Helps somebody who forgot theirs", ["user_id": "kim@acme.example"],
          result: .object(Story.letter(.passwordReset, Story.reset, 130)))
      ]
    ) { (params: AccountParams, store, out) throws(Failure) in
      let user = try store.user(params.user)
      try params.options.check(user)
      if user.isOAuth { throw .signsInElsewhere }
      guard user.email != nil, user.flags.contains(.emailVerified) else { throw .emailUnverified }
      try store.send(.passwordReset, opening: .passwordReset, to: user, into: &out)
    }
  }
}

struct CompletePasswordResetParams: MutationParams {
  let token: SecretToken
  let new: NewPassword
  let options: MutationOptions
  var hash: PasswordHash?

  init(_ v: inout ParamVisitor) {
    token = v.required("token", "What the password reset came with.")
    new = v.required("new_password", "The password to sign in with from now on.")
    options = MutationOptions(&v, subject: "\(token.digest ?? [])", secrets: [new.value])
  }
}

extension CompletePasswordResetParams: ForeseenParams {
  var lookups: [Lookup] { token.digest.map { [.token(.digest($0))] } ?? [] }
}

enum CompletePasswordReset<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.complete_password_reset", "Chooses the new password; all sessions end.",
      access: .open, isIdempotent: false, refusals: [.notFound], result: .yes,
      examples: [
        MethodExample(
          "Chooses the new password",
          ["token": ExampleValue(Story.reset), "new_password": "seven grey herons"], result: true)
      ]
    ) { (params: inout CompletePasswordResetParams, gate, request) throws(Failure) in
      params.hash = try gate.newHash(params.new, for: params.token, .passwordReset, request)
    } run: { (params, store, out) throws(Failure) in
      let user = try store.holder(of: params.token, .passwordReset)
      try params.options.check(user)
      guard let hash = params.hash, !user.isOAuth else { throw .unknownSecret }
      _ = try store.apply(.open(.newPassword(hash), to: user))
      out.append("true")
    }
  }
}
