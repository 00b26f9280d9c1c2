internal import Contract
internal import JSON
internal import Users

enum SignOut {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Mutation.method(declaration) { (params: SignOutParams, store, out) throws(Failure) in
      let caller = try store.caller()
      let user = try store.user(.id(caller.id))
      try params.options.check(user)
      guard let session = caller.session else { throw .noSession }
      _ = try store.apply(.signOut(session, of: user))
      out.append("true")
    }
  }
}

struct SignOutParams: MutationParams {
  let options: MutationOptions

  /// Answers are not stored: keys belong to the account, but each session has to sign out.
  init(_ v: inout ParamVisitor) { options = MutationOptions(&v, isRemembered: false) }
}

extension SignOut {
  static let declaration = Mutation.declaration(
    SignOutParams.self,
    "users.sign_out", "Ends the session that the caller uses, at once.",
    access: .authenticated, isIdempotent: false, refusals: [.failedPrecondition],
    result: .constantTrue,
    examples: [
      MethodExample("Signs out a caller with a session token", [:], result: true)
    ])
}
