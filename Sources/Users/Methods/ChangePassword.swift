internal import Contract
internal import JSON
internal import Secrets

struct ChangePasswordParams: MutationParams {
  let email: Email
  let current: GivenPassword
  let new: NewPassword
  let options: MutationOptions
  var check: PasswordCheck?
  var hash: PasswordHash?

  init(_ v: inout ParamVisitor) {
    email = v.required("email", "Email of the account.")
    current = v.required("current_password", "Its password, or the temporary one.")
    new = v.required("new_password", "The password to sign in with from now on.")
    options = MutationOptions(&v, subject: email.value)
    if !new.value.isEmpty, new.value == current.value {
      v.report("/new_password", "must differ from the current one")
    }
  }
}

enum ChangePassword<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.change_password", "Changes a password; all sessions and pending resets end.",
      access: .open, isIdempotent: false, result: .yes,
      examples: [
        MethodExample(
          "Chooses another password",
          [
            "email": "kim@acme.example", "current_password": "correct horse battery",
            "new_password": "a quiet walk to the harbour",
          ], result: true)
      ]
    ) { (params: inout ChangePasswordParams, gate) throws(Failure) in
      let check = try gate.check(params.current, of: params.email)
      params.check = check
      if check.fitting == nil { return }
      params.hash = try gate.slowly { () throws(Failure) in
        guard let hash = PasswordHash(of: params.new.value) else { throw .outOfMemory }
        return hash
      }
    } run: { (params, grant, out) throws(Failure) in
      let (user, password) = try grant.holder(of: params.email, params.check)
      try params.options.check(user)
      guard let hash = params.hash else { throw .invalidCredentials }
      if !params.options.isDryRun {
        try grant.changePassword(of: user, to: hash, wasTemporary: password.temporaryUntil != nil)
      }
      out.append("true")
    }
  }
}

extension Authorized {
  /// Gives an account a password that its owner chose; whatever else let somebody in ends.
  func changePassword(
    of old: User, to hash: PasswordHash, wasTemporary: Bool = false
  ) throws(Failure) {
    try removeTokens(of: old, [.session, .passwordReset, .invitation])
    try setPassword(of: old, hash)
    try forgetAttempts(of: old)
    var user = old
    if wasTemporary, old.flags.contains(.invited) {
      // Who had the temporary password had the invitation.
      user.flags.remove(.invited)
      user.flags.insert(.emailVerified)
      user = User(try replace(old, with: user, .invitationAccepted, actor: old.id))
    }
    try record(.passwordChanged, user, actor: old.id)
  }
}
