internal import Contract
internal import JSON
internal import Users

enum Invite {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Mutation.method(declaration) { (params: AccountParams, store, out) throws(Failure) in
      let user = try store.user(params.user)
      try params.options.check(user)
      try store.checkInvitable(user)
      try store.check(.open(.invitation, to: user))
      try store.checkDeliveryChannel()
      try store.send(.invitation, opening: .invitation, to: user, into: &out)
    }
  }
}

extension Letter {
  /// An email with a new credential for the account's user.
  init<Store>(_ kind: Kind, to user: User, _ opened: CredentialWriter<Store>.Opened) {
    self.init(
      kind: kind, email: user.email ?? "", name: user.name, secret: opened.secret,
      expiresAt: opened.expiresAt)
  }
}

extension ScopedStore {
  /// Refuses unless the account has not accepted its invitation yet, or is active and has neither a
  /// password nor an OAuth link.
  func checkInvitable(_ user: User) throws(Failure) {
    if user.email == nil { throw .noEmail }
    if user.isOAuth { throw .signsInElsewhere }
    switch user.flags.status {
    case .invited: return
    case .disabled, .deleted: throw .disabledAccount(reason: "not_invited", for: "invitation")
    case .active: if try password(of: user) != nil { throw .notInvited(user) }
    }
  }

  /// Creates a credential, sends it by email, and writes the answer.
  func send(
    _ kind: Letter.Kind, opening way: NewCredential, to user: User, into out: inout ByteBuffer
  ) throws(Failure) {
    try check(.open(way, to: user))
    try checkLetterPace(of: user)
    guard let opened = try apply(.open(way, to: user)).opened else { throw .internalError }
    let delivery =
      request.isDryRun
      ? SecretDelivery(delivered: .known(false))
      : delivery(of: Letter(kind, to: user, opened), to: user.id)
    out.append("{")
    write(fieldsOf: LetterAnswer(expiresAt: opened.expiresAt, delivery: delivery), into: &out)
    out.append("}")
  }
}

extension Invite {
  static let declaration = Mutation.declaration(
    AccountParams.self,
    "users.invite",
    "Invites an account that can't sign in yet; its earlier invitations stop working.",
    access: .needs(.invite), isIdempotent: false,
    tool: MCPTool("The invitation goes out by mail.", needsMail: true),
    refusals: [.notFound, .failedPrecondition, .rateLimited], result: LetterAnswer.schema,
    examples: [
      MethodExample(
        "Invites a person again", ["user_id": "kim@acme.example"],
        result: .object(ExampleData.letter(.invitation, ExampleData.invitation, 90)))
    ])
}
