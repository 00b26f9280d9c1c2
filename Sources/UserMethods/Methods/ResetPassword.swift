internal import Contract
internal import Users

enum ResetPassword {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Mutation.method(declaration) { (params: AccountParams, store, out) throws(Failure) in
      let user = try store.user(params.user)
      try params.options.check(user)
      if user.isOAuth { throw .signsInElsewhere }
      if user.email == nil { throw .noEmail }
      // An invited account can't sign in with a password.
      if user.flags.contains(.invited) { throw .stillInvited }
      if user.flags.status == .disabled {
        throw .disabledAccount(reason: "account_disabled", for: "password")
      }
      if !user.flags.contains(.emailVerified) {
        throw .emailUnverified(hasPassword: try store.password(of: user) != nil)
      }
      try store.send(.passwordReset, opening: .passwordReset, to: user, into: &out)
    }
  }
}

extension ResetPassword {
  static let declaration = Mutation.declaration(
    AccountParams.self,
    "users.reset_password",
    "Creates a password reset that is valid for 30 minutes; earlier resets stop working.",
    access: .needs(.resetPassword), isIdempotent: false,
    refusals: [.notFound, .failedPrecondition, .rateLimited], result: LetterAnswer.schema,
    examples: [
      MethodExample(
        "Helps a person who forgot their password", ["user_id": "kim@acme.example"],
        result: .object(ExampleData.letter(.passwordReset, ExampleData.reset, 130)))
    ])
}
