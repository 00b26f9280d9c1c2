internal import Contract
internal import JSON
internal import Users

/// The only writer of accounts and credentials. It appends the events of each change. Each change
/// is first checked by `Decision`, then by `AccountRules`.
struct AccountWriter<Store: UserStore> {
  private let store: Store
  private let clock: StoreClock<Store>
  private let recorder: ChangeRecorder
  private let policy: Policy
  private let credentials: CredentialWriter<Store>

  init(
    _ store: Store, _ clock: StoreClock<Store>, _ recorder: ChangeRecorder, _ policy: Policy
  ) {
    self.store = store
    self.clock = clock
    self.recorder = recorder
    self.policy = policy
    credentials = CredentialWriter(store, clock)
  }

  /// The result of a change.
  struct Applied {
    /// The account after the change; nil for a deleted account.
    var user: PackedUser?
    var opened: CredentialWriter<Store>.Opened?
    /// How many credentials ended because the account gained power that their requesters lack.
    var endedCount = 0
    /// Whether nothing was written, because another account has the new account's id.
    var isIDTaken = false
  }

  /// Makes the change if the actor is permitted to and, where consent is needed, a person has
  /// agreed. A dry run returns the same result and writes nothing.
  func apply(
    _ change: AccountChange, as actor: Actor, isDryRun: Bool = false, consent: Consent? = nil
  ) throws(Failure) -> Applied {
    try Decision.check(change, by: actor, policy)
    try checkOwnerRemains(change)
    guard var user = change.after else {
      try consent?.check(change, at: clock.now)
      return try remove(change, actor, isDryRun)
    }
    if change.isNothing { return Applied(user: PackedUser(user)) }
    try AccountRules.check(user, after: change.before, change.touches, policy)
    switch try conflict(of: user, change) {
    case nil: break
    case .id?: return Applied(isIDTaken: true)
    case let conflict?: throw conflict.failure
    }
    try consent?.check(change, at: clock.now)
    return try failing { () throws(StoreError) in
      try date(&user, change)
      return isDryRun ? try foretell(user, change, actor) : try write(user, change, actor)
    }
  }

  // MARK: Store-wide rules

  /// A unique value that another account already has.
  private func conflict(of user: User, _ change: AccountChange) throws(Failure) -> Conflict? {
    let claims = change.claims
    if claims.isEmpty { return nil }
    return try failing { () throws(StoreError) in
      try store.conflict(of: user, claiming: claims)
    }
  }

  /// At least one active owner has to remain.
  private func checkOwnerRemains(_ change: AccountChange) throws(Failure) {
    guard !change.touches.isDisjoint(with: [.standing, .roles]),
      change.before?.isActiveOwner == true, change.after?.isActiveOwner != true
    else { return }
    var owners = Filter(scope: .all)
    owners.require(.flag(.owner, true))
    owners.statuses = [.active]
    let count = try failing { () throws(StoreError) in try store.count(owners) }
    if count <= 1 { throw .lastOwner }
  }

  // MARK: Writing

  /// Sets the version and time of a changed account. Signing in keeps both, so that it causes no
  /// version mismatch for a client that reads and then updates.
  private func date(_ user: inout User, _ change: AccountChange) throws(StoreError) {
    if case .session? = change.opens { return }
    guard change.touches.contains(.anything), let before = change.before else { return }
    user.version = before.version == .max ? 1 : before.version + 1
    user.updatedAt = max(try clock.current(), before.updatedAt)
  }

  /// Deletes permanently.
  private func remove(
    _ change: AccountChange, _ actor: Actor, _ isDryRun: Bool
  ) throws(Failure) -> Applied {
    guard let user = change.before, !isDryRun else { return Applied() }
    return try failing { () throws(StoreError) in
      try store.remove(PackedUser(user))
      // Past events and idempotency records keep only that the account existed and was deleted.
      try store.redactEvents(of: user.id)
      try store.redactAnswers(about: user.id)
      try record(.userDeleted, user, actor)
      return Applied()
    }
  }

  /// `user` is the account's new state.
  private func write(
    _ user: User, _ change: AccountChange, _ actor: Actor
  ) throws(StoreError) -> Applied {
    var applied = Applied()
    do {
      applied.user = try writeAccount(user, change, actor)
    } catch .idTaken {
      applied.isIDTaken = true
      return applied
    }
    if !change.touches.contains(.creation) {
      applied.endedCount = try end(Consequences(of: change, by: actor), user, change, actor)
    }
    applied.opened = try open(change, for: user, actor)
    if let token = change.revokes {
      try credentials.remove(token)
      // Signing in and signing out write no event.
      if !change.isSignOut { try record(.tokenRevoked, user, actor, .end(of: token)) }
    }
    return applied
  }

  /// Ends credentials because of the change. Returns how many ended because the account gained
  /// power that their requesters lack.
  private func end(
    _ consequences: Consequences, _ user: User, _ change: AccountChange, _ actor: Actor
  ) throws(StoreError) -> Int {
    // The change's own event covers the credentials that end here.
    try credentials.end(consequences, of: user)
    guard change.isGrowth(to: user, policy) else { return 0 }
    let ended = try credentials.endUnheld(of: user, policy)
    try recordEnd(of: ended.tokens, user, actor)
    return ended.count
  }

  /// The result of a dry run.
  private func foretell(
    _ user: User, _ change: AccountChange, _ actor: Actor
  ) throws(StoreError) -> Applied {
    var applied = Applied(user: PackedUser(user))
    if change.isGrowth(to: user, policy) {
      let others = Consequences(of: change, by: actor)
      applied.endedCount = try credentials.countUnheld(of: user, policy, besides: others)
    }
    if let way = change.opens {
      applied.opened = try credentials.open(way, for: user, actor.askers, isDryRun: true)
    }
    return applied
  }

  private func writeAccount(
    _ user: User, _ change: AccountChange, _ actor: Actor
  ) throws(StoreError) -> PackedUser {
    let stored = PackedUser(user)
    if !change.touches.isDisjoint(with: [.creation, .restoration, .email]) {
      // Earlier failed sign-ins with this email were not against this account.
      try forgetAttempts(of: user)
    }
    if change.touches.contains(.creation) {
      try store.insert(stored)
      try record(.userCreated, user, actor, .creation(of: stored))
      return stored
    }
    guard change.touches.contains(.anything), let before = change.before else { return stored }
    if !change.touches.isDisjoint(with: [.deletion, .restoration]) {
      try rememberRoles(before, isDeletion: change.touches.contains(.deletion))
    }
    let old = PackedUser(before)
    try store.replace(old, with: stored)
    guard before.version != user.version else { return stored }
    let changes = old.withRow { row in
      stored.withRow { recorder.changes(from: row, to: $0) }
    }
    let hasMoved = change.touches.contains(.organization)
    let isEntry = hasMoved && user.organizationID != nil
    try record(
      change.eventType(by: actor), user, actor, .list(changes),
      hasMoved ? before.organizationID : nil,
      entry: isEntry ? .creation(of: stored) : nil)
    return stored
  }

  /// Soft deletion stores the roles; restoring removes the stored ones.
  private func rememberRoles(_ old: User, isDeletion: Bool) throws(StoreError) {
    guard isDeletion else { return try store.setFormerRoles(nil, of: old.id) }
    let former = FormerRoles(policy.restorable(old.roles), isJudged: true)
    try store.setFormerRoles(former, of: old.id)
  }

  private func open(
    _ change: AccountChange, for user: User, _ actor: Actor
  ) throws(StoreError) -> CredentialWriter<Store>.Opened? {
    guard let way = change.opens else { return nil }
    let opened = try credentials.open(way, for: user, actor.askers, isDryRun: false)
    switch way {
    case .invitation, .temporaryPassword: try record(.userInvited, user, actor)
    case .firstPassword where !change.touches.contains(.anything):
      try record(.invitationAccepted, user, actor)
    case .passwordReset: try record(.passwordResetRequested, user, actor)
    case .apiToken:
      let id = opened?.token?.id
      let changes = ChangeList("token_id", before: UserID?.none, after: id)
      try record(.tokenCreated, user, actor, .list(changes))
    case .newPassword: try record(.passwordChanged, user, actor)
    case .firstPassword, .session: break
    }
    switch way {
    case .firstPassword, .newPassword, .passwordReset: try forgetAttempts(of: user)
    default: break
    }
    return opened
  }

  /// Records the end of API tokens, which no other event reveals.
  private func recordEnd(of tokens: [Token], _ user: User, _ actor: Actor) throws(StoreError) {
    for token in tokens where token.kind == .api {
      try record(.tokenRevoked, user, actor, .end(of: token))
    }
  }

  private func record(
    _ type: EventType, _ user: User, _ actor: Actor, _ changes: EventChanges = .none,
    _ formerOrganization: String? = nil, entry: EventChanges? = nil
  ) throws(StoreError) {
    let now = try clock.current()
    clock.raise(to: now)
    var actorID = actor.id
    if case .bearer = actor { actorID = user.id }
    try store.append(
      Event(
        seq: try store.latestEvent.next, type: type, at: now, actorID: actorID,
        userID: user.id, email: user.email, organizationID: user.organizationID,
        formerOrganizationID: formerOrganization, changes: changes, entry: entry))
  }

  // MARK: Beyond account changes

  /// After a new policy gave the account more power, ends credentials requested by accounts with
  /// less. `sparesUnknown` keeps credentials with unknown askers: older versions created them, and
  /// in those each process had its own policy.
  func endUnheld(of user: User, sparesUnknown: Bool) throws(StoreError) -> Int {
    let ended = try credentials.endUnheld(of: user, policy, sparesUnknown: sparesUnknown)
    try recordEnd(of: ended.tokens, user, .importer)
    return ended.count
  }

  /// Removes an expired secret, so that it stays invalid if the clock is set back.
  func discard(_ token: Token) throws(Failure) {
    try failing { () throws(StoreError) in try credentials.remove(token) }
  }

  func discardPassword(of user: UserID) throws(Failure) {
    try failing { () throws(StoreError) in try credentials.removePassword(of: user) }
  }

  /// nil forgets the failures counted under `subject`.
  func setAttempts(_ attempts: Attempts?, of subject: [UInt8]) throws(Failure) {
    try failing { () throws(StoreError) in try keep(attempts, of: subject) }
  }

  /// Failures with a password that was removed or will be replaced must not delay sign-ins.
  private func forgetAttempts(of user: User) throws(StoreError) {
    guard let email = user.email, try store.hasAttempts else { return }
    let subject = Email(unchecked: email).attemptSubject
    if try store.attempts(of: subject) != nil { try keep(nil, of: subject) }
  }

  private func keep(_ attempts: Attempts?, of subject: [UInt8]) throws(StoreError) {
    let forgotten = clock.systemTime.adding(-Attempts.memoryMs)
    try store.setAttempts(attempts, of: subject, forgottenBefore: forgotten)
  }
}

extension EventChanges {
  fileprivate static func end(of token: Token) -> EventChanges {
    .list(ChangeList("token_id", before: token.id, after: UserID?.none))
  }
}

extension Actor {
  /// The askers of a secret that this actor's change creates.
  fileprivate var askers: Askers {
    if case .caller(let caller, _) = self { return caller.askers }
    return .unknown
  }
}

extension AccountChange {
  /// The unique values that are new to the account. Two accounts of an older store may share a
  /// name, and keep it.
  fileprivate var claims: Claims {
    if touches.contains(.deletion) { return [] }
    if touches.contains(.creation) { return [.id, .names] }
    if touches.contains(.restoration) { return .names }
    var claims: Claims = []
    if touches.contains(.email) { claims.insert(.email) }
    if touches.contains(.username) { claims.insert(.username) }
    if touches.contains(.link) { claims.insert(.oauthIdentity) }
    return claims
  }

  fileprivate var isNothing: Bool {
    !touches.contains(.anything) && opens == nil && revokes == nil
  }

  /// Whether the account gains power over accounts other than itself.
  fileprivate func isGrowth(to user: User, _ policy: Policy) -> Bool {
    guard touches.contains(.power), !touches.contains(.deletion), let before else { return false }
    return !Power(of: user, policy).beyond(Power(of: before, policy)).isOwnAccountOnly
  }

  fileprivate func eventType(by actor: Actor) -> EventType {
    if touches.contains(.deletion) { return .userDeleted }
    if touches.contains(.restoration) { return .userRestored }
    if case .bearer = actor { return .invitationAccepted }
    return .userUpdated
  }
}

extension User {
  var isActiveOwner: Bool { flags.contains(.owner) && flags.status == .active }
}
