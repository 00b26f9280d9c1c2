public import Contract
internal import JSON
public import Users

/// The store as a method's body sees it: it proves that the capability check passed, and it is the
/// only access to accounts.
///
/// Accounts outside the scope are invisible: they are not found, counted or even decoded. All
/// writes go through an `AccountWriter`, which checks every change. Methods have no other access to
/// the underlying store.
public struct ScopedStore<Store: UserStore> {
  private let store: Store
  let control: StoreAccessControl<Store>
  let request: RequestContext
  /// The scope of the method's own capability.
  let scope: Scope

  /// Only `StoreAccessControl` calls this.
  init(_ store: Store, control: StoreAccessControl<Store>, _ request: RequestContext, scope: Scope)
  {
    self.store = store
    self.control = control
    self.request = request
    self.scope = scope
  }

  /// nil in an open method.
  var callerID: UserID? { request.caller?.id }

  /// The caller of a method that needs a capability.
  func caller() throws(Failure) -> Caller {
    guard let caller = request.caller else { throw .noCredential }
    return caller
  }

  /// Whether this caller may use the method; false for an unknown caller.
  public func isAllowed(_ method: MethodDescription) -> Bool { control.isAllowed(method) }

  public var storeKind: String { store.kind }

  /// The same request, with the scope of another capability.
  func using(_ capability: Capability) throws(Failure) -> ScopedStore {
    let scope = try control.permitted(capability, try caller())
    return ScopedStore(store, control: control, request, scope: scope)
  }

  /// Refuses unless the caller's scope for `capability` covers `target`.
  func require(_ capability: Capability, reaching target: User) throws(Failure) {
    let reach = try control.permitted(capability, try caller())
    if !reach.reaches(target) { throw .outsideOrganization }
  }

  /// The time of the current transaction.
  func now() throws(Failure) -> Timestamp {
    try failing { () throws(StoreError) in try control.clock.current() }
  }

  /// A new id in the current transaction.
  func nextID() throws(Failure) -> UserID {
    try failing { () throws(StoreError) in
      try control.clock.refresh()
      return try control.clock.nextID()
    }
  }

  // MARK: Accounts

  /// Passes the account to `body` and returns true, if this caller can see it. Finds only deleted
  /// accounts if `isDeleted` is true, otherwise only others.
  func read(
    _ reference: UserReference, isDeleted: Bool = false, _ body: (UserView) -> Void
  ) throws(Failure) -> Bool {
    var isAdmitted = false
    _ = try failing { () throws(StoreError) in
      try store.read(reference, within: scope) { row in
        guard row.flags.contains(.deleted) == isDeleted else { return }
        isAdmitted = true
        body(row)
      }
    }
    return isAdmitted
  }

  /// The account to change. Throws the same 404 for a foreign, a deleted and an unknown account.
  func user(_ reference: UserReference, isDeleted: Bool = false) throws(Failure) -> User {
    guard let user = try userIfAny(reference, isDeleted: isDeleted) else { throw .userNotFound }
    return user
  }

  /// The account, or nil if it is not visible to this caller.
  func userIfAny(_ reference: UserReference, isDeleted: Bool = false) throws(Failure) -> User? {
    var user: User?
    _ = try read(reference, isDeleted: isDeleted) { user = User($0) }
    return user
  }

  /// Passes the caller's own account to `body`, whatever the scope.
  func own(_ body: (UserView) -> Void) throws(Failure) -> Bool {
    let id = try caller().id
    return try failing { () throws(StoreError) in
      try store.read(.id(id), within: .account(id), body)
    }
  }

  /// The roles that a deleted account gets back; empty if its former roles are unknown.
  func restoredRoles(of user: User) throws(Failure) -> [String] {
    let former = try failing { () throws(StoreError) in try store.formerRoles(of: user.id) }
    return former.map(control.policy.restored) ?? []
  }

  /// Call this before reading many accounts or events, which must not run under the write lock.
  func willLookAtMany() throws(Failure) { try control.beforeWriteLock(request) {} }

  /// Passes one page to `body`; returns whether more follow.
  func page(_ query: PageQuery, _ body: (UserView) -> Void) throws(Failure) -> Bool {
    try checkReach(query.filter.scope)
    return try failing { () throws(StoreError) in try store.page(query, body) }
  }

  func count(_ filter: Filter) throws(Failure) -> Int {
    try checkReach(filter.scope)
    return try failing { () throws(StoreError) in try store.count(filter) }
  }

  /// Refuses queries beyond the scope.
  private func checkReach(_ asked: Scope) throws(Failure) {
    if !scope.covers(asked) { throw .outsideOrganization }
  }

  func cursorKey() throws(Failure) -> [UInt8] {
    try failing { () throws(StoreError) in try store.cursorKey }
  }

  // MARK: Events

  /// Passes events to `body` as readers with this scope see them.
  func events(_ query: EventQuery, _ body: (Event) -> Void) throws(Failure) {
    try checkReach(query.scope)
    var viewer = EventViewer(store, query.scope)
    try failing { () throws(StoreError) in
      var problem: StoreError?
      try store.events(query) { event in
        if problem != nil { return }
        do throws(StoreError) { body(try viewer.shown(event)) } catch { problem = error }
      }
      if let problem { throw problem }
    }
  }

  /// Whether this caller sees the account as an actor of events.
  func showsActor(_ id: UserID) throws(Failure) -> Bool {
    if scope == .all { return true }
    var viewer = EventViewer(store, scope)
    return try failing { () throws(StoreError) in try viewer.reaches(id) }
  }

  func latestEvent() throws(Failure) -> EventMark {
    try failing { () throws(StoreError) in try store.latestEvent }
  }

  func feedID() throws(Failure) -> String {
    try failing { () throws(StoreError) in try store.feedID }
  }

  /// Whether the feed has this id and all events after `after`. A nil argument skips its check.
  func hasFeed(_ id: String?, after: Int64?) throws(Failure) -> Bool {
    if let id, try id != feedID() { return false }
    guard let after else { return true }
    let (oldest, latest) = (try oldestEvent(), try latestEvent().seq)
    return after <= latest && after >= oldest &- 1
  }

  /// The sequence number of the oldest event that is kept; 1 for an empty feed.
  func oldestEvent() throws(Failure) -> Int64 {
    let oldest = try failing { () throws(StoreError) in try store.oldestEvent }
    return oldest ?? 1
  }

  /// Refuses a page of another feed, or one that starts after a pruned event. In descending order,
  /// pruned events are only missing at the end of the list.
  func checkFeed(_ id: String?, after: Int64?, _ order: SortOrder = .ascending) throws(Failure) {
    var after = after
    if order == .descending, let given = after { after = max(given, try oldestEvent() - 1) }
    if try !hasFeed(id, after: after) { throw .feedChanged(after: try latestEvent().seq) }
  }

  // MARK: Credentials

  func password(of user: User) throws(Failure) -> Password? {
    try failing { () throws(StoreError) in try store.password(of: user.id) }
  }

  func tokens(of user: User) throws(Failure) -> [Token] {
    try failing { () throws(StoreError) in try store.tokens(of: user.id) }
  }

  /// The token with this secret, whatever the scope.
  func token(ofDigest digest: [UInt8]) throws(Failure) -> Token? {
    try failing { () throws(StoreError) in try store.token(.digest(digest)) }
  }

  /// The token with this id and its account, if the account is visible to this caller. The token of
  /// an invisible account is not even read.
  func token(_ id: UserID) throws(Failure) -> (token: Token, user: User)? {
    let holder = try failing { () throws(StoreError) in try store.holder(ofToken: id) }
    guard let holder, let user = try userIfAny(.id(holder)) else { return nil }
    let token = try failing { () throws(StoreError) in try store.token(.id(id)) }
    return token.map { ($0, user) }
  }

  /// The failures counted under `subject`.
  func attempts(of subject: [UInt8]) throws(Failure) -> Attempts? {
    try failing { () throws(StoreError) in try store.attempts(of: subject) }
  }

  // MARK: Idempotency records

  func answer(to key: [UInt8]) throws(Failure) -> IdempotencyRecord? {
    try failing { () throws(StoreError) in try store.answer(to: key) }
  }

  func remember(
    _ answer: IdempotencyRecord, to key: [UInt8], forgottenBefore: Timestamp
  ) throws(Failure) {
    try failing { () throws(StoreError) in
      try store.remember(answer, to: key, forgottenBefore: forgottenBefore)
    }
  }

  // MARK: Writing

  func beginSavepoint() throws(Failure) {
    try failing { () throws(StoreError) in try store.beginSavepoint() }
  }

  func endSavepoint(isKept: Bool) throws(Failure) {
    try failing { () throws(StoreError) in try store.endSavepoint(isKept: isKept) }
  }

  private var actor: Actor {
    request.caller.map { .caller($0, within: scope) } ?? .bearer
  }

  /// Refuses a forbidden change before other errors reveal more about the account.
  func check(_ change: AccountChange) throws(Failure) {
    try Decision.check(change, by: actor, control.policy)
  }

  /// Changes an account or its credentials, if the caller is permitted to.
  func apply(_ change: AccountChange) throws(Failure) -> AccountWriter<Store>.Applied {
    try writer.apply(
      change, as: actor, isDryRun: request.isDryRun,
      consent: request.isDryRun ? nil : request.consent)
  }

  private var writer: AccountWriter<Store> {
    AccountWriter(store, control.clock, control.recorder, control.policy)
  }

  // Writes beyond account changes: expired secrets, and counts of failures.

  func discard(_ token: Token) throws(Failure) { try writer.discard(token) }

  /// Removes an expired password.
  func discard(_ password: Password) throws(Failure) {
    try writer.discardPassword(of: password.userID)
  }

  func setAttempts(_ attempts: Attempts?, of subject: [UInt8]) throws(Failure) {
    try writer.setAttempts(attempts, of: subject)
  }
}
