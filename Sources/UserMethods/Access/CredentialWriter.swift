internal import Contract
internal import Secrets
internal import Users

/// Creates and ends credentials: passwords, and tokens of every kind. It does not check
/// permissions; its callers have checked them.
struct CredentialWriter<Store: UserStore> {
  private let store: Store
  private let clock: StoreClock<Store>

  init(_ store: Store, _ clock: StoreClock<Store>) {
    self.store = store
    self.clock = clock
  }

  // MARK: Opening

  /// The most sessions of one account. A further sign-in ends the oldest.
  private static var sessionsMax: Int { 100 }

  /// A new credential. `secret` is not stored, so it is available only here.
  struct Opened {
    let secret: String
    let expiresAt: Timestamp
    let token: Token?
  }

  /// Creates a credential for `user`. A dry run returns it without storing it.
  func open(
    _ way: NewCredential, for user: User, _ askers: Askers, isDryRun: Bool
  ) throws(StoreError) -> Opened? {
    switch way {
    case .invitation:
      return try makeToken(.invitation, Lifetime.invitationDays, of: user, askers, isDryRun)
    case .passwordReset:
      let lasting = Int64(Lifetime.passwordResetMinutes) * Lifetime.minuteMs
      return try makeToken(.passwordReset, lasting: lasting, of: user, askers, isDryRun)
    case .session:
      if !isDryRun { try endOldest(.session, of: user, keeping: Self.sessionsMax - 1) }
      let lasting = Int64(Lifetime.sessionHours) * Lifetime.hourMs
      return try makeToken(.session, lasting: lasting, of: user, .unknown, isDryRun)
    case .apiToken(let name, let capabilities, let days):
      if !isDryRun { try endOldest(.api, of: user, keeping: .max) }
      return try makeToken(.api, days, of: user, askers, isDryRun) { token in
        token.name = name
        token.capabilities = capabilities
      }
    case .temporaryPassword(let password):
      let end = try clock.current().adding(Int64(Lifetime.invitationDays) * Lifetime.dayMs)
      if !isDryRun { try setPassword(of: user, password.hash, until: end, askers) }
      return Opened(secret: password.text, expiresAt: end, token: nil)
    case .firstPassword(let hash), .newPassword(let hash):
      if !isDryRun { try setPassword(of: user, hash) }
      return nil
    }
  }

  private func makeToken(
    _ kind: TokenKind, _ days: Int, of user: User, _ askers: Askers, _ isDryRun: Bool,
    _ change: (inout Token) -> Void = { _ in }
  ) throws(StoreError) -> Opened {
    let lasting = Int64(days) * Lifetime.dayMs
    return try makeToken(kind, lasting: lasting, of: user, askers, isDryRun, change)
  }

  private func makeToken(
    _ kind: TokenKind, lasting milliseconds: Int64, of user: User, _ askers: Askers,
    _ isDryRun: Bool, _ change: (inout Token) -> Void = { _ in }
  ) throws(StoreError) -> Opened {
    let text = TokenText.random()
    let end = try clock.current().adding(milliseconds)
    var token = Token(
      id: try clock.nextID(), kind: kind, userID: user.id, digest: text.digest, expiresAt: end)
    token.askers = askers
    change(&token)
    if !isDryRun {
      do {
        try store.insert(token)
      } catch .idTaken {
        // Another process generated the same id in the same millisecond.
        return try makeToken(kind, lasting: milliseconds, of: user, askers, isDryRun, change)
      }
    }
    return Opened(secret: text.text, expiresAt: end, token: token)
  }

  private func setPassword(
    of user: User, _ hash: PasswordHash, until end: Timestamp? = nil, _ askers: Askers = .unknown
  ) throws(StoreError) {
    var password = Password(userID: user.id, hash: hash, temporaryUntil: end)
    password.askers = askers
    try store.setPassword(password, of: user.id)
  }

  // MARK: Ending

  /// Ends the credentials that a change ends.
  func end(_ consequences: Consequences, of user: User) throws(StoreError) {
    if !consequences.kinds.isEmpty {
      for token in try store.tokens(of: user.id) where consequences.kinds.contains(token.kind) {
        try store.remove(token)
      }
    }
    let isTemporaryOnly = !consequences.endsPassword && consequences.endsTemporaryPassword
    if consequences.endsPassword || isTemporaryOnly {
      let password = try store.password(of: user.id)
      if let password, !isTemporaryOnly || password.temporaryUntil != nil {
        try store.setPassword(nil, of: user.id)
      }
    }
  }

  /// Removes expired tokens, and the oldest ones if more than `count` are left.
  private func endOldest(
    _ kind: TokenKind, of user: User, keeping count: Int
  ) throws(StoreError) {
    let now = try clock.current()
    let tokens = try store.tokens(of: user.id).filter { $0.kind == kind }
    let kept = Set(tokens.filter { $0.expiresAt > now }.suffix(count).map(\.id))
    for token in tokens where !kept.contains(token.id) { try store.remove(token) }
  }

  func remove(_ token: Token) throws(StoreError) { try store.remove(token) }

  func removePassword(of user: UserID) throws(StoreError) {
    try store.setPassword(nil, of: user)
  }

  /// The tokens that ended, and the number of all credentials that ended.
  struct Ended {
    var tokens: [Token] = []
    var count = 0
  }

  /// Ends the credentials whose requesters lack some of the power that the credentials now give.
  /// Keeps sessions, and passwords that a person chose.
  func endUnheld(
    of user: User, _ policy: Policy, sparesUnknown: Bool = false
  ) throws(StoreError) -> Ended {
    let unheld = try unheld(of: user, policy, sparesUnknown: sparesUnknown)
    for token in unheld.tokens { try store.remove(token) }
    if unheld.hasPassword { try store.setPassword(nil, of: user.id) }
    return Ended(tokens: unheld.tokens, count: unheld.tokens.count + (unheld.hasPassword ? 1 : 0))
  }

  /// How many credentials `endUnheld` would end besides those that `others` ends.
  func countUnheld(
    of user: User, _ policy: Policy, besides others: Consequences
  ) throws(StoreError) -> Int {
    let unheld = try unheld(of: user, policy, sparesUnknown: false)
    let endsPassword = others.endsPassword || others.endsTemporaryPassword
    let tokens = unheld.tokens.count { !others.kinds.contains($0.kind) }
    return tokens + (unheld.hasPassword && !endsPassword ? 1 : 0)
  }

  private func unheld(
    of user: User, _ policy: Policy, sparesUnknown: Bool
  ) throws(StoreError) -> (tokens: [Token], hasPassword: Bool) {
    let power = Power(of: user, policy)
    func isUnheld(_ askers: Askers, _ opened: Power) throws(StoreError) -> Bool {
      if askers == .unknown { return !sparesUnknown }
      return try !holds(askers, opened, user, policy)
    }
    // Expired credentials give no access, so they don't count.
    let now = try clock.current()
    var tokens: [Token] = []
    for token in try store.tokens(of: user.id)
    where token.kind != .session && token.expiresAt > now {
      let opened = power.limited(to: Limits(capabilities: token.capabilities))
      if try isUnheld(token.askers, opened) { tokens.append(token) }
    }
    guard let password = try store.password(of: user.id), let end = password.temporaryUntil,
      end > now
    else { return (tokens, false) }
    return (tokens, try isUnheld(password.askers, power))
  }

  /// Whether each of `askers` now holds `power`, within the limits of their calls. `changed` is an
  /// account with its pending change.
  private func holds(
    _ askers: Askers, _ power: Power, _ changed: User, _ policy: Policy
  ) throws(StoreError) -> Bool {
    for asker in askers.list {
      let user = asker.id == changed.id ? changed : try account(asker.id)
      guard let user, user.flags.status == .active || user.id == changed.id else { return false }
      let held = Power(of: user, policy).limited(to: asker.limits)
      if held.lack(of: power) != nil { return false }
    }
    return true
  }

  /// nil for an unknown account, and for a corrupt one: an error would reveal an account that may
  /// belong to another organization.
  private func account(_ id: UserID) throws(StoreError) -> User? {
    var user: User?
    do {
      _ = try store.read(.id(id)) { user = User($0) }
    } catch .corrupt {
      return nil
    }
    return user
  }
}
