internal import Contract
internal import JSON
internal import Users

enum SignOut {
  static func method<Store: UserStore>() -> Method<Gate<Store>> {
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

  /// Keys are the account's, and each of its sessions is signed out by itself.
  init(_ v: inout ParamVisitor) { options = MutationOptions(&v, isRemembered: false) }
}

extension SignOut {
  static let declaration = Mutation.declaration(
    SignOutParams.self,
    "users.sign_out", "Ends the session that the caller came with, at once.",
    access: .authenticated, isIdempotent: false, refusals: [.failedPrecondition], result: .yes,
    examples: [
      MethodExample("Signs the caller out, who came with a session's token", [:], result: true)
    ])
}
