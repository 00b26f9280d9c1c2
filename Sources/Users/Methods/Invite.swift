internal import Contract
internal import JSON
internal import Secrets

/// How a new person gets in.
enum InviteMode: String, WordParam {
  case none
  case emailLink = "email_link"
  case temporaryPassword = "temporary_password"

  static var placeholder: InviteMode { .none }

  /// Whether `user` can be invited so.
  func check(_ user: User) throws(Failure) {
    if self == .none { return }
    if user.email == nil {
      throw .invalidParams([.init("/invite_mode", "needs an account with an email")])
    }
    if user.isOAuth {
      throw .invalidParams([.init("/invite_mode", "can't be for who signs in elsewhere")])
    }
  }
}

/// A password that is handed out for choosing another one.
struct TemporaryPassword {
  private static let characters = 20

  let text: String
  let hash: PasswordHash

  /// Takes as long as hashing a password does.
  init() throws(Failure) {
    text = randomBase62(Self.characters)
    guard let hash = PasswordHash(of: text) else { throw .outOfMemory }
    self.hash = hash
  }
}

extension Authorized {
  /// Makes an invitation, in the place of whatever let the person in before.
  func invite(_ user: User, _ password: TemporaryPassword? = nil) throws(Failure) -> Letter {
    try removeTokens(of: user, [.invitation])
    let lasting = Int64(Lifetime.invitationDays) * Lifetime.dayMs
    var letter: Letter
    if let password {
      let end = try now().adding(lasting)
      try setPassword(of: user, password.hash, temporaryUntil: end)
      letter = Letter(
        kind: .temporaryPassword, email: user.email ?? "", name: user.name, secret: password.text,
        expiresAt: end)
    } else {
      try store { store throws(StoreError) in try store.setPassword(nil, of: user.id) }
      let (text, token) = try makeToken(.invitation, for: user, lasting: lasting)
      letter = Letter(
        kind: .invitation, email: user.email ?? "", name: user.name, secret: text.text,
        expiresAt: token.expiresAt)
    }
    try record(.userInvited, user)
    return letter
  }

  /// Ends what was sent to an email that is not to be the account's any more.
  func endLetters(to user: User) throws(Failure) {
    try removeTokens(of: user, [.invitation, .passwordReset])
    try store { store throws(StoreError) in
      if try store.password(of: user.id)?.temporaryUntil == nil { return }
      try store.setPassword(nil, of: user.id)
    }
  }

  func setPassword(
    of user: User, _ hash: PasswordHash, temporaryUntil: Timestamp? = nil
  ) throws(Failure) {
    try store { store throws(StoreError) in
      try store.setPassword(
        Password(userID: user.id, hash: hash, temporaryUntil: temporaryUntil), of: user.id)
    }
  }
}

/// Params of methods that are about one account and nothing else.
struct AccountParams: MutationParams {
  let user: UserReference
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    user = v.required("user_id", "Id or email of the account.")
    options = MutationOptions(&v)
  }
}

/// What is answered where a letter goes out.
struct LetterAnswer: ResultShape {
  let expiresAt: Timestamp
  let handout: Handout

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("expires_at", expiresAt, "When the secret ends.")
    handout.fields(&v)
  }

  static var sample: LetterAnswer {
    LetterAnswer(expiresAt: Timestamp(milliseconds: 0), handout: .sample)
  }
  static var shape: Shape { .object(ResultDescriber.fields(of: LetterAnswer.self)) }
}

extension Authorized {
  /// Answers with what became of a letter; nil for a dry run.
  func write(_ letter: Letter?, expiresAt: Timestamp, into out: inout ByteBuffer) {
    out.append("{")
    out.field("expires_at", expiresAt, "")
    if let letter { handOut(letter, &out) } else { out.field("delivered", false, "") }
    out.append("}")
  }
}

enum Invite<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.invite",
      "Invites an account anew that has not accepted yet; what it was sent before ends.",
      access: .needs(.invite), isIdempotent: false,
      tool: AgentTool("The invitation goes out by mail.", needsMail: true),
      result: LetterAnswer.shape,
      examples: [
        MethodExample(
          "Invites somebody again", ["user_id": "kim@acme.example"],
          result: .object(Story.letter(.invitation, Story.invitation, 90)))
      ]
    ) { (params: AccountParams, grant, out) throws(Failure) in
      let user = try grant.user(params.user)
      try AccountRules.checkTouch(user, grant)
      try params.options.check(user)
      guard user.flags.status == .invited, user.email != nil else { throw .notInvited }
      if user.isOAuth { throw .signsInElsewhere }
      try AccountRules.checkHandout(of: user, grant)
      try grant.checkHandoutWay()
      if params.options.isDryRun {
        let end = try grant.now().adding(Int64(Lifetime.invitationDays) * Lifetime.dayMs)
        return grant.write(nil, expiresAt: end, into: &out)
      }
      let letter = try grant.invite(user)
      grant.write(letter, expiresAt: letter.expiresAt, into: &out)
    }
  }
}
