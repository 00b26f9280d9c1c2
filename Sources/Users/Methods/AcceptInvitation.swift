internal import Contract
internal import JSON
internal import Secrets

struct AcceptInvitationParams: MutationParams {
  let token: SecretToken
  let password: NewPassword
  let name: Name?
  let options: MutationOptions
  var hash: PasswordHash?

  init(_ v: inout ParamVisitor) {
    token = v.required("token", "What the invitation came with.")
    password = v.required("password", "The password to sign in with from now on.")
    name = v.optional("name", "The name that people read, if another one is wanted.")
    let subject = "\(token.digest ?? []) \(name?.value ?? "")"
    options = MutationOptions(&v, subject: subject)
  }
}

enum AcceptInvitation<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.accept_invitation",
      "Accepts an invitation: sets the password, and the account is active and verified.",
      access: .open, isIdempotent: false, result: .named("User"),
      examples: [
        MethodExample(
          "Chooses a password",
          ["token": ExampleValue(Story.invitation), "password": "correct horse battery"],
          result: ExampleValue(Story.arrivedKim))
      ]
    ) { (params: inout AcceptInvitationParams, gate) throws(Failure) in
      params.hash = try gate.newHash(params.password, for: params.token, .invitation)
    } run: { (params, grant, out) throws(Failure) in
      let (old, token) = try grant.holder(of: params.token, .invitation)
      try params.options.check(old)
      guard old.flags.status == .invited else { throw .notInvited }
      guard let hash = params.hash else { throw .unknownSecret }
      var new = old
      new.flags.remove(.invited)
      new.flags.insert(.emailVerified)
      if let name = params.name { new.name = name.value }
      let isDryRun = params.options.isDryRun
      if !isDryRun {
        try grant.removeTokens(of: old, [token.kind])
        try grant.setPassword(of: old, hash)
        try grant.forgetAttempts(of: old)
      }
      let stored = try grant.replace(
        old, with: new, .invitationAccepted, actor: old.id, isDryRun: isDryRun)
      grant.write(stored, into: &out)
    }
  }
}

extension Gate {
  /// Hashes a new password, unless it is plain already that the token is good for nothing.
  func newHash(
    _ password: NewPassword, for token: SecretToken, _ kind: TokenKind
  ) throws(Failure) -> PasswordHash? {
    guard let digest = token.digest else { return nil }
    return try slowly { () throws(Failure) -> PasswordHash? in
      do throws(StoreError) {
        try store.beginRead()
        guard try store.token(.digest(digest))?.kind == kind else { return nil }
      } catch {
        throw error.failure
      }
      guard let hash = PasswordHash(of: password.value) else { throw .outOfMemory }
      return hash
    }
  }
}

extension Authorized {
  /// The account whose secret this is, if it is still good. One that has ended is removed.
  func holder(
    of secret: SecretToken, _ kind: TokenKind
  ) throws(Failure) -> (user: User, token: Token) {
    guard let digest = secret.digest else { throw .unknownSecret }
    let token = try store { store throws(StoreError) in try store.token(.digest(digest)) }
    guard let token, token.kind == kind else { throw .unknownSecret }
    if token.expiresAt <= (try now()) {
      try store { store throws(StoreError) in try store.remove(token) }
      throw .unknownSecret
    }
    guard let user = try userIfAny(.id(token.userID)) else { throw .unknownSecret }
    return (user, token)
  }
}
