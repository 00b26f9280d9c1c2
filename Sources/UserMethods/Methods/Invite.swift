internal import Contract
internal import JSON
internal import Users

enum Invite {
  static func method<Store: UserStore>() -> Method<Gate<Store>> {
    Mutation.method(declaration) { (params: AccountParams, store, out) throws(Failure) in
      let user = try store.user(params.user)
      try params.options.check(user)
      try store.checkInvitable(user)
      try store.check(.open(.invitation, to: user))
      try store.checkHandoutWay()
      try store.send(.invitation, opening: .invitation, to: user, into: &out)
    }
  }
}

extension Letter {
  /// What tells somebody of a way into their account.
  init<Store>(_ kind: Kind, to user: User, _ opened: WayKeeper<Store>.Opened) {
    self.init(
      kind: kind, email: user.email ?? "", name: user.name, secret: opened.secret,
      expiresAt: opened.expiresAt)
  }
}

extension ScopedStore {
  /// Whether an account waits for its invitation, or has nothing that lets anybody in: neither a password
  /// nor an OAuth link.
  func checkInvitable(_ user: User) throws(Failure) {
    if user.email == nil { throw .noEmail }
    if user.isOAuth { throw .signsInElsewhere }
    switch user.flags.status {
    case .invited: return
    case .disabled, .deleted: throw .disabledAccount(reason: "not_invited", for: "invitation")
    case .active: if try password(of: user) != nil { throw .notInvited(user) }
    }
  }

  /// Opens a way for somebody, and answers with what became of the letter.
  func send(
    _ kind: Letter.Kind, opening way: WayIn, to user: User, into out: inout ByteBuffer
  ) throws(Failure) {
    try check(.open(way, to: user))
    try checkLetterPace(of: user)
    guard let opened = try apply(.open(way, to: user)).opened else { throw .internalError }
    let handout =
      request.isDryRun
      ? Handout(delivered: .known(false)) : handout(of: Letter(kind, to: user, opened), to: user.id)
    out.append("{")
    write(membersOf: LetterAnswer(expiresAt: opened.expiresAt, handout: handout), into: &out)
    out.append("}")
  }
}

extension Invite {
  static let declaration = Mutation.declaration(
    AccountParams.self,
    "users.invite",
    "Invites an account that has no way in yet; what it was sent before ends.",
    access: .needs(.invite), isIdempotent: false,
    tool: AgentTool("The invitation goes out by mail.", needsMail: true),
    refusals: [.notFound, .failedPrecondition, .rateLimited], result: LetterAnswer.shape,
    examples: [
      MethodExample(
        "Invites somebody again", ["user_id": "kim@acme.example"],
        result: .object(Story.letter(.invitation, Story.invitation, 90)))
    ])
}
