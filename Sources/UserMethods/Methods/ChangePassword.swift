internal import Contract
internal import JSON
internal import Secrets
internal import Users

enum ChangePassword {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Mutation.method(declaration) {
      (params, control, request) throws(Failure) -> (check: PasswordCheck, hash: PasswordHash?) in
      let check = try control.check(params.current, of: params.email, request)
      if check.fitting == nil { return (check, nil) }
      return try control.beforeWriteLock(request) { () throws(Failure) in
        guard let hash = PasswordHash(of: params.new.value) else { throw .outOfMemory }
        return (check, hash)
      }
    } run: { (params, prepared, store, out) throws(Failure) in
      let (old, password) = try store.holder(of: params.email, prepared.check)
      try params.options.check(old)
      guard let hash = prepared.hash else { throw .invalidCredentials }
      try params.new.check(for: old, "/new_password")
      var new = old
      if password.temporaryUntil != nil, old.flags.contains(.invited) {
        // Using the temporary password accepts the invitation.
        new.flags.remove(.invited)
        new.flags.insert(.emailVerified)
      }
      _ = try store.apply(.update(old, to: new, opening: .newPassword(hash)))
      out.append("true")
    }
  }
}

struct ChangePasswordParams: MutationParams {
  let email: Email
  let current: GivenPassword
  let new: NewPassword
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    let given: GivenEmail = v.required("email", "Email of the account.")
    email = given.email
    current = v.required("current_password", "Its password, or the temporary one.")
    new = v.required("new_password", "The password to sign in with from now on.")
    options = MutationOptions(&v, subject: email.value, secrets: [current.value, new.value])
    if !new.value.isEmpty, new.value == current.value {
      v.report("/new_password", "must differ from the current one")
    }
  }
}

extension ChangePasswordParams: ForeseenParams {
  var lookups: [Lookup] { [.user(.email(email.value))] }
}

extension ChangePassword {
  static let declaration = Mutation.declaration(
    ChangePasswordParams.self,
    "users.change_password", "Changes a password; all sessions and pending resets end.",
    access: .open, isIdempotent: false, refusals: [.unauthenticated, .rateLimited],
    result: .constantTrue,
    examples: [
      MethodExample(
        "Chooses another password",
        [
          "email": "kim@acme.example", "current_password": "correct horse battery",
          "new_password": "a quiet walk to the harbour",
        ], result: true)
    ])
}
