internal import Contract
internal import Secrets
internal import Users

enum AcceptInvitation {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Mutation.method(declaration) { (params, control, request) throws(Failure) in
      try control.newHash(params.password, for: params.token, .invitation, request)
    } run: { (params, hash, store, out) throws(Failure) in
      let old = try store.holder(of: params.token, .invitation)
      try params.options.check(old)
      try store.checkInvitable(old)
      try params.password.check(for: old, "/password")
      guard let hash else { throw .unknownSecret }
      var new = old
      new.flags.remove(.invited)
      new.flags.insert(.emailVerified)
      if let name = params.name { new.name = name.value }
      let applied = try store.apply(.update(old, to: new, opening: .firstPassword(hash)))
      store.write(applied, into: &out)
    }
  }
}

struct AcceptInvitationParams: MutationParams {
  let token: SecretToken
  let password: NewPassword
  let name: Name?
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    token = v.required("token", "The token from the invitation.")
    password = v.required("password", "The password to sign in with from now on.")
    name = v.optional("name", "New display name.")
    options = MutationOptions(
      &v, subject: "\(token.digest ?? [])", request: name?.value ?? "", secrets: [password.value])
  }
}

extension AcceptInvitationParams: ForeseenParams {
  var lookups: [Lookup] { token.digest.map { [.token(.digest($0))] } ?? [] }
}

extension StoreAccessControl {
  /// Hashes a new password, unless a lookup already shows that the token is invalid.
  func newHash(
    _ password: NewPassword, for token: SecretToken, _ kind: TokenKind, _ request: RequestContext
  ) throws(Failure) -> PasswordHash? {
    guard let digest = token.digest else { return nil }
    return try beforeWriteLock(request) { () throws(Failure) -> PasswordHash? in
      guard try peek(request).token(ofDigest: digest)?.kind == kind else { return nil }
      guard let hash = PasswordHash(of: password.value) else { throw .outOfMemory }
      return hash
    }
  }
}

extension ScopedStore {
  /// The account of this secret, if the secret is valid. An expired one is removed.
  func holder(of secret: SecretToken, _ kind: TokenKind) throws(Failure) -> User {
    guard let digest = secret.digest else { throw .unknownSecret }
    guard let token = try token(ofDigest: digest), token.kind == kind else { throw .unknownSecret }
    if token.expiresAt <= (try now()) {
      try discard(token)
      throw .unknownSecret
    }
    guard let user = try userIfAny(.id(token.userID)) else { throw .unknownSecret }
    request.subjectID = user.id
    return user
  }
}

extension AcceptInvitation {
  static let declaration = Mutation.declaration(
    AcceptInvitationParams.self,
    "users.accept_invitation",
    "Accepts an invitation: sets the password; the account becomes active and verified.",
    access: .open, isIdempotent: false, refusals: [.notFound, .failedPrecondition],
    result: .named("User"),
    examples: [
      MethodExample(
        "Chooses a password",
        ["token": ExampleValue(ExampleData.invitation), "password": "correct horse battery"],
        result: ExampleValue(ExampleData.arrivedKim))
    ])
}
