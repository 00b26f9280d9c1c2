internal import Contract
internal import JSON
internal import Secrets

enum ResetPassword<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.reset_password",
      "Lets an account choose a new password within 30 minutes; what it was sent before ends.",
      access: .needs(.resetPassword), isIdempotent: false, result: LetterAnswer.shape,
      examples: [
        MethodExample(
          "Helps somebody who forgot theirs", ["user_id": "kim@acme.example"],
          result: .object(Story.letter(.passwordReset, Story.reset, 130)))
      ]
    ) { (params: AccountParams, grant, out) throws(Failure) in
      let user = try grant.user(params.user)
      try AccountRules.checkTouch(user, grant)
      try params.options.check(user)
      if user.isOAuth { throw .signsInElsewhere }
      guard let email = user.email, user.flags.contains(.emailVerified) else {
        throw .emailUnverified
      }
      try AccountRules.checkHandout(of: user, grant)
      let lasting = Int64(Lifetime.passwordResetMinutes) * Lifetime.minuteMs
      if params.options.isDryRun {
        return grant.write(nil, expiresAt: try grant.now().adding(lasting), into: &out)
      }
      try grant.removeTokens(of: user, [.passwordReset])
      let (text, token) = try grant.makeToken(.passwordReset, for: user, lasting: lasting)
      try grant.record(.passwordResetRequested, user)
      let letter = Letter(
        kind: .passwordReset, email: email, name: user.name, secret: text.text,
        expiresAt: token.expiresAt)
      grant.write(letter, expiresAt: letter.expiresAt, into: &out)
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
    options = MutationOptions(&v, subject: "\(token.digest ?? [])")
  }
}

enum CompletePasswordReset<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.complete_password_reset", "Chooses the new password; all sessions end.",
      access: .open, isIdempotent: false, result: .yes,
      examples: [
        MethodExample(
          "Chooses the new password",
          ["token": ExampleValue(Story.reset), "new_password": "seven grey herons"], result: true)
      ]
    ) { (params: inout CompletePasswordResetParams, gate) throws(Failure) in
      params.hash = try gate.newHash(params.new, for: params.token, .passwordReset)
    } run: { (params, grant, out) throws(Failure) in
      let (user, _) = try grant.holder(of: params.token, .passwordReset)
      try params.options.check(user)
      guard let hash = params.hash, !user.isOAuth else { throw .unknownSecret }
      if !params.options.isDryRun { try grant.changePassword(of: user, to: hash) }
      out.append("true")
    }
  }
}
