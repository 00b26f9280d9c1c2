internal import Contract
internal import JSON
internal import Secrets
internal import Users

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

  /// One that opens nothing.
  static let sample = TemporaryPassword(text: "", hash: PasswordHash(text: ""))

  private init(text: String, hash: PasswordHash) {
    self.text = text
    self.hash = hash
  }

  /// Takes as long as hashing a password does.
  init() throws(Failure) {
    text = randomBase62(Self.characters)
    guard let hash = PasswordHash(of: text) else { throw .outOfMemory }
    self.hash = hash
  }
}

extension InviteMode {
  var letterKind: Letter.Kind { self == .temporaryPassword ? .temporaryPassword : .invitation }
}

extension Letter {
  /// What tells somebody of a way into their account.
  init<Store>(_ kind: Kind, to user: User, _ opened: WayKeeper<Store>.Opened) {
    self.init(
      kind: kind, email: user.email ?? "", name: user.name, secret: opened.secret,
      expiresAt: opened.expiresAt)
  }
}

/// Params of methods that are about one account and nothing else.
struct AccountParams: MutationParams {
  let user: UserReference
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    user = v.required("user_id", "Id or email.")
    options = MutationOptions(&v)
  }
}

extension AccountParams: ForeseenParams {
  var lookups: [Lookup] { [.user(user)] }
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

extension ScopedStore {
  /// Opens a way for somebody, and answers with what became of the letter.
  func send(
    _ kind: Letter.Kind, opening way: WayIn, to user: User, into out: inout ByteBuffer
  ) throws(Failure) {
    guard let opened = try apply(.open(way, to: user)).opened else { throw .internalError }
    out.append("{")
    out.field("expires_at", opened.expiresAt, "")
    if request.isDryRun {
      out.field("delivered", false, "")
    } else {
      handOut(Letter(kind, to: user, opened), &out)
    }
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
      refusals: [.notFound, .failedPrecondition], result: LetterAnswer.shape,
      examples: [
        MethodExample(
          "Invites somebody again", ["user_id": "kim@acme.example"],
          result: .object(Story.letter(.invitation, Story.invitation, 90)))
      ]
    ) { (params: AccountParams, store, out) throws(Failure) in
      let user = try store.user(params.user)
      try params.options.check(user)
      guard user.flags.status == .invited, user.email != nil else { throw .notInvited }
      if user.isOAuth { throw .signsInElsewhere }
      try store.check(.open(.invitation, to: user))
      try store.checkHandoutWay()
      try store.send(.invitation, opening: .invitation, to: user, into: &out)
    }
  }
}
