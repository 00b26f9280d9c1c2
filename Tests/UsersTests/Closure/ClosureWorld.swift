import Contract
import Secrets
import Server
import UserMethods
import Users

/// What the adversary's own emails and links have.
enum Evil {
  static let domain = "@evil.com"
  static let provider = "evil"
}

/// A directory with honest accounts and an adversary that tries to raise its rights, with every
/// access that the adversary has or obtains, and every secret that it gets in a reply or by mail.
final class ClosureWorld<Store: UserStore> {
  /// A way for the adversary to act as an account.
  struct Access {
    let client: StoreClient<Store>
    let user: UserID
    /// nil for no limit.
    var capabilities: Set<String>?
    var organization: String?
    /// True for access by the account's password, session, email or OAuth link, which a promoter of
    /// the account trusts, and for the access that the adversary has at the start.
    let isVouchedFor: Bool
    var token: TokenText?
  }

  struct Secret {
    let kind: String
    let text: String
    let user: UserID
  }

  let directory: StoreDirectory<Store>
  private(set) var policy: DocumentedPolicy
  /// The rights that the adversary held at the start, and those that a holder gave it.
  private(set) var ceiling = DocumentedPower.none
  private(set) var accesses: [Access] = []
  private(set) var secrets: [Secret] = []
  /// Passwords that the adversary knows, with the hash that shows whether they are still valid.
  private var passwords: [UserID: (text: String, hash: PasswordHash)] = [:]
  let owner: StoreClient<Store>
  private(set) var users: [UserID: User] = [:]
  private(set) var history: [String] = []
  private var passwordCount = 0

  init(
    _ store: Store, _ policy: DocumentedPolicy, catalog: Catalog<StoreAccessControl<Store>>
  ) throws {
    directory = try StoreDirectory(store, catalog: catalog, hasPolicy: false)
    self.policy = policy
    let root = try directory.add(1, "root@good.com", roles: ["owner"], organization: nil)
    owner = directory.client(root)
    try directory.setPolicy(policy.parsed())
    look()
  }

  // MARK: The state

  /// Reads all accounts from the store.
  func look() {
    var all = Filter(scope: .all)
    all.statuses = Set(UserStatus.allCases)
    users = [:]
    directory.reading { store in
      _ = try store.page(PageQuery(filter: all, limit: 1000)) { row in
        let user = User(row)
        users[user.id] = user
      }
    }
  }

  func power(_ user: User) -> DocumentedPower {
    user.deletedAt == nil ? DocumentedPower(of: user, policy) : .none
  }

  /// The rights that an access gives now; none if it is refused.
  func power(_ access: Access) -> DocumentedPower {
    guard let user = users[access.user], user.flags.status == .active else { return .none }
    if access.token != nil, access.client.call("users.get_current").code == 401 { return .none }
    return power(user).limited(to: access.capabilities, access.organization)
  }

  /// Accesses without a token, by the adversary's own OAuth link, verified email or password.
  private func standingAccesses() -> [Access] {
    users.values.compactMap { user in
      let hasLink = user.oauthProvider == Evil.provider
      let hasEmail =
        user.email?.hasSuffix(Evil.domain) == true && user.flags.contains(.emailVerified)
      guard hasLink || hasEmail || knowsPassword(of: user.id) else { return nil }
      return Access(client: directory.client(user), user: user.id, isVouchedFor: true)
    }
  }

  private func knowsPassword(of user: UserID) -> Bool {
    guard let known = passwords[user], let kept = password(of: user) else { return false }
    return kept.hash == known.hash && kept.temporaryUntil == nil
  }

  var allAccesses: [Access] { accesses + standingAccesses() }

  func password(of user: UserID) -> Password? {
    directory.reading { try $0.password(of: user) }
  }

  func tokens(of user: UserID) -> [Token] { directory.reading { try $0.tokens(of: user) } }

  private func kept(_ text: TokenText) -> Token? {
    directory.reading { try $0.token(.digest(text.digest)) }
  }

  // MARK: The adversary

  /// Gives the adversary its first access, with the rights of it.
  func give(_ access: Access) {
    accesses.append(access)
    ceiling = ceiling.union(power(access))
  }

  func act(_ access: Access, _ method: String, _ params: String) -> Reply {
    note("adversary as \(access.user.text.suffix(4)) \(method) \(params)")
    // An account gets one letter a minute.
    if directory.isMailing { directory.pass(Directory.minuteMs) }
    let reply = access.client.call(method, params)
    learn(from: reply)
    look()
    return reply
  }

  /// Collects every secret in a reply, and in letters to the adversary's emails.
  private func learn(from reply: Reply) {
    for kind in ["invitation_token", "reset_token", "token"] {
      for text in reply.values(of: kind) {
        guard let token = TokenText(text), let kept = kept(token) else { continue }
        if kind == "token" {
          add(token, kept)
        } else {
          secrets.append(Secret(kind: kind, text: text, user: kept.userID))
        }
      }
    }
    for text in reply.values(of: "temporary_password") { learn(temporaryPassword: text) }
    for letter in directory.letters where letter.email.hasSuffix(Evil.domain) {
      guard letter.kind != .temporaryPassword else {
        learn(temporaryPassword: letter.secret)
        continue
      }
      let token = TokenText(letter.secret).flatMap(kept)
      let kind = letter.kind == .invitation ? "invitation_token" : "reset_token"
      if let token { secrets.append(Secret(kind: kind, text: letter.secret, user: token.userID)) }
    }
    directory.letters.removeAll()
  }

  private func learn(temporaryPassword text: String) {
    let holder = users.keys.first { id in
      guard let password = password(of: id), password.temporaryUntil != nil else { return false }
      return password.hash.fits(text)
    }
    guard let holder else { return }
    secrets.append(Secret(kind: "temporary_password", text: text, user: holder))
  }

  private func add(_ text: TokenText, _ token: Token) {
    let capabilities = token.capabilities.map { Set($0.map(\.rawValue)) }
    accesses.append(
      Access(
        client: directory.client(text), user: token.userID, capabilities: capabilities,
        isVouchedFor: token.kind == .session, token: text))
    if accesses.count > 8 { accesses.remove(at: 1) }
  }

  /// Uses a secret to choose a password.
  func use(_ secret: Secret) {
    passwordCount += 1
    let password = "evil password \(passwordCount)"
    let client = directory.client(.anonymous)
    note("adversary uses \(secret.kind) of \(secret.user.text.suffix(4))")
    let email = users[secret.user]?.email ?? ""
    let reply: Reply
    switch secret.kind {
    case "invitation_token":
      reply = client.call(
        "users.accept_invitation", "{\"token\":\"\(secret.text)\",\"password\":\"\(password)\"}")
    case "reset_token":
      reply = client.call(
        "users.complete_password_reset",
        "{\"token\":\"\(secret.text)\",\"new_password\":\"\(password)\"}")
    default:
      reply = client.call(
        "users.change_password",
        """
        {"email":"\(email)","current_password":"\(secret.text)","new_password":"\(password)"}
        """)
    }
    if reply.isDone, let kept = self.password(of: secret.user) {
      passwords[secret.user] = (password, kept.hash)
    }
    secrets.removeAll { $0.text == secret.text }
    look()
  }

  /// Signs in with every valid password that the adversary has chosen.
  func signIn() {
    for (id, known) in passwords where knowsPassword(of: id) {
      guard let email = users[id]?.email else { continue }
      let reply = directory.client(.anonymous).call(
        "users.authenticate", "{\"email\":\"\(email)\",\"password\":\"\(known.text)\"}")
      note("adversary signs in as \(id.text.suffix(4)): \(reply.outcome)")
      for text in reply.values(of: "session_token") {
        guard let token = TokenText(text), let kept = kept(token) else { continue }
        add(token, kept)
      }
    }
  }

  // MARK: Honest people

  /// A change by an owner or by the operator of the store. If the adversary has vouched access to
  /// an account, rights that the change gives to the account count as given to the adversary.
  func honestly(_ what: String, _ body: () throws -> Void) rethrows {
    let before = users
    let oldPolicy = policy
    note("honest: \(what)")
    try body()
    look()
    let vouched = allAccesses.filter(\.isVouchedFor)
    for access in vouched {
      guard let user = users[access.user] else { continue }
      let old = before[access.user].map { DocumentedPower(of: $0, oldPolicy) } ?? .none
      let gained = power(user).beyond(old)
      if gained.isNone { continue }
      ceiling = ceiling.union(
        power(user).limited(to: access.capabilities, access.organization))
    }
  }

  func setPolicy(_ policy: DocumentedPolicy) throws {
    try honestly("policy \(policy.json)") {
      try directory.setPolicy(policy.parsed())
      self.policy = policy
    }
  }

  private func note(_ line: String) { history.append(line) }

  // MARK: The invariant

  /// The rights that the adversary has now without having held or been given them; nil if none.
  func gain() -> String? {
    for access in allAccesses {
      let more = power(access).beyond(ceiling)
      if !more.isNone {
        return "as \(access.user.text) by \(access.token == nil ? "itself" : "a token"): \(more)"
      }
    }
    return nil
  }

  /// The first change of an account that exceeds the rights of the access that the adversary used;
  /// nil if no change does. Creating an account as a member needs `users.create` alone.
  func overreach(from before: [UserID: User], as held: DocumentedPower) -> String? {
    for id in Set(users.keys).union(before.keys) {
      let (old, new) = (before[id], users[id])
      if old == new { continue }
      if let old, let new, !mayShutOut(old, new, held) {
        return "blocked or unblocked \(id.text)"
      }
      let wasThere = old.map(standing) ?? .none
      let isThere = new.map(standing) ?? .none
      if old == nil, new?.roles == ["member"] { continue }
      let given = isThere.beyond(wasThere).beyond(held)
      if !given.isNone { return "gave \(id.text) \(given)" }
      let taken = wasThere.beyond(isThere).beyond(held)
      if !taken.isNone { return "took from \(id.text) \(taken)" }
    }
    return nil
  }

  /// Blocking and disabling each take all rights of an account, and undoing them gives all of them.
  private func mayShutOut(_ old: User, _ new: User, _ held: DocumentedPower) -> Bool {
    let marks: UserFlags = [.active, .blocked]
    if old.flags.intersection(marks) == new.flags.intersection(marks) { return true }
    return power(old).beyond(held).isNone
  }

  /// The rights of an account in its present status; none if it is disabled or deleted.
  private func standing(_ user: User) -> DocumentedPower {
    switch user.flags.status {
    case .active, .invited: power(user)
    case .disabled, .deleted: .none
    }
  }

  func token(ofIndex index: Int) -> Token? {
    let tokens = users.keys.sorted { $0.key < $1.key }.flatMap(tokens)
      .filter { $0.kind == .api || $0.kind == .session }
    return tokens.isEmpty ? nil : tokens[index % tokens.count]
  }
}

extension Reply {
  /// All values of fields with this name, at any depth. The reply is compact JSON, and the values
  /// hold no escapes.
  func values(of name: String) -> [String] {
    var found: [String] = []
    let mark = "\"\(name)\":\""
    guard text.utf8.count > mark.utf8.count, text.contains(mark) else { return [] }
    var rest = text[...]
    while let start = rest.firstRange(of: mark)?.upperBound {
      rest = rest[start...]
      found.append(String(rest.prefix { $0 != "\"" }))
    }
    return found
  }
}
