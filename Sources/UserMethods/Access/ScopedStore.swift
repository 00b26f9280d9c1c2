public import Contract
internal import JSON
public import Users

/// What a method's body gets to work with: proof that the capability check has passed, and the only
/// way to accounts.
///
/// What is outside the scope is not there: it is neither found nor counted, nor even decoded. What is
/// written goes through an `AccountWriter`, which decides on every change. The store itself is
/// private to the two of them.
public struct ScopedStore<Store: UserStore> {
  private let store: Store
  let gate: Gate<Store>
  let request: RequestContext
  /// How far the method's own capability reaches.
  let scope: Scope

  /// Only the gate makes one.
  init(_ store: Store, gate: Gate<Store>, _ request: RequestContext, scope: Scope) {
    self.store = store
    self.gate = gate
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
  public func isAllowed(_ method: MethodDescription) -> Bool { gate.isAllowed(method) }

  public var storeKind: String { store.kind }

  /// The same request, within the reach of another capability.
  func using(_ capability: Capability) throws(Failure) -> ScopedStore {
    let scope = try gate.permitted(capability, try caller())
    return ScopedStore(store, gate: gate, request, scope: scope)
  }

  /// Refuses unless the caller's `capability` reaches as far as `target`.
  func require(_ capability: Capability, reaching target: User) throws(Failure) {
    let reach = try gate.permitted(capability, try caller())
    if !reach.reaches(target) { throw .outsideOrganization }
  }

  /// The time of what is done in this transaction.
  func now() throws(Failure) -> Timestamp {
    try failing { () throws(StoreError) in try gate.clock.current() }
  }

  /// The id of what is made in this transaction.
  func nextID() throws(Failure) -> UserID {
    try failing { () throws(StoreError) in
      try gate.clock.refresh()
      return try gate.clock.nextID()
    }
  }

  // MARK: Accounts

  /// Hands the account to `body` if it is there for this caller. Deleted ones are not, unless that is
  /// what is asked for.
  func read(
    _ reference: UserReference, isDeleted: Bool = false, _ body: (UserRow) -> Void
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

  /// The account to change, or 404, whether it is foreign, deleted or was never there.
  func user(_ reference: UserReference, isDeleted: Bool = false) throws(Failure) -> User {
    guard let user = try userIfAny(reference, isDeleted: isDeleted) else { throw .userNotFound }
    return user
  }

  /// The account if it is there for this caller.
  func userIfAny(_ reference: UserReference, isDeleted: Bool = false) throws(Failure) -> User? {
    var user: User?
    _ = try read(reference, isDeleted: isDeleted) { user = User($0) }
    return user
  }

  /// Hands the caller's own account to `body`, whatever the scope.
  func own(_ body: (UserRow) -> Void) throws(Failure) -> Bool {
    let id = try caller().id
    return try failing { () throws(StoreError) in
      try store.read(.id(id), within: .account(id), body)
    }
  }

  /// The roles that a deleted account gets back, as far as those that it held are known.
  func restoredRoles(of user: User) throws(Failure) -> [String] {
    let former = try failing { () throws(StoreError) in try store.formerRoles(of: user.id) }
    return former.map(gate.policy.restored) ?? []
  }

  /// To be called before a method looks at many accounts or events: not while others are locked out.
  func willLookAtMany() throws(Failure) { try gate.slowly(request) {} }

  /// Hands over one page; says whether more would follow.
  func page(_ query: PageQuery, _ body: (UserRow) -> Void) throws(Failure) -> Bool {
    try checkReach(query.filter.scope)
    return try failing { () throws(StoreError) in try store.page(query, body) }
  }

  func count(_ filter: Filter) throws(Failure) -> Int {
    try checkReach(filter.scope)
    return try failing { () throws(StoreError) in try store.count(filter) }
  }

  /// No query goes beyond the scope, whatever it asks for.
  private func checkReach(_ asked: Scope) throws(Failure) {
    if !scope.covers(asked) { throw .outsideOrganization }
  }

  func cursorKey() throws(Failure) -> [UInt8] {
    try failing { () throws(StoreError) in try store.cursorKey }
  }

  // MARK: Events

  /// Hands over events as who reads within the scope sees them.
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

  func latestEvent() throws(Failure) -> EventMark {
    try failing { () throws(StoreError) in try store.latestEvent }
  }

  func feedID() throws(Failure) -> String {
    try failing { () throws(StoreError) in try store.feedID }
  }

  /// Whether it is this feed, if one is named, and all of it is there behind a place, if one is named.
  func hasFeed(_ id: String?, after: Int64?) throws(Failure) -> Bool {
    if let id, try id != feedID() { return false }
    guard let after else { return true }
    let oldest = try failing { () throws(StoreError) in try store.oldestEvent } ?? 1
    return try after <= latestEvent().seq && after >= oldest &- 1
  }

  func checkFeed(_ id: String?, after: Int64?) throws(Failure) {
    if try !hasFeed(id, after: after) { throw .feedChanged(after: try latestEvent().seq) }
  }

  // MARK: What opens accounts

  func password(of user: User) throws(Failure) -> Password? {
    try failing { () throws(StoreError) in try store.password(of: user.id) }
  }

  func tokens(of user: User) throws(Failure) -> [Token] {
    try failing { () throws(StoreError) in try store.tokens(of: user.id) }
  }

  /// The token that this is the secret of, whoever has it.
  func token(ofDigest digest: [UInt8]) throws(Failure) -> Token? {
    try failing { () throws(StoreError) in try store.token(.digest(digest)) }
  }

  /// The token with this id, and its account, if that is there for this caller. One of an account
  /// that is not there is not even read.
  func token(_ id: UserID) throws(Failure) -> (token: Token, user: User)? {
    let holder = try failing { () throws(StoreError) in try store.holder(ofToken: id) }
    guard let holder, let user = try userIfAny(.id(holder)) else { return nil }
    let token = try failing { () throws(StoreError) in try store.token(.id(id)) }
    return token.map { ($0, user) }
  }

  /// The failures of whoever `subject` stands for.
  func attempts(of subject: [UInt8]) throws(Failure) -> Attempts? {
    try failing { () throws(StoreError) in try store.attempts(of: subject) }
  }

  // MARK: Answers

  func answer(to key: [UInt8]) throws(Failure) -> Answer? {
    try failing { () throws(StoreError) in try store.answer(to: key) }
  }

  func remember(
    _ answer: Answer, to key: [UInt8], forgottenBefore: Timestamp
  ) throws(Failure) {
    try failing { () throws(StoreError) in
      try store.remember(answer, to: key, forgottenBefore: forgottenBefore)
    }
  }

  // MARK: Writing

  /// Begins a part of the group that can be undone by itself.
  func beginPart() throws(Failure) {
    try failing { () throws(StoreError) in try store.beginPart() }
  }

  func endPart(isKept: Bool) throws(Failure) {
    try failing { () throws(StoreError) in try store.endPart(isKept: isKept) }
  }

  private var actor: Actor {
    request.caller.map { .caller($0, within: scope) } ?? .bearer
  }

  /// Refuses what the caller may not change, before anything else is said about it.
  func check(_ change: AccountChange) throws(Failure) {
    try Decision.check(change, by: actor, gate.policy)
  }

  /// Changes an account, or what opens it, if the caller may.
  func apply(_ change: AccountChange) throws(Failure) -> AccountWriter<Store>.Applied {
    try writer.apply(
      change, as: actor, isDryRun: request.isDryRun,
      consent: request.isDryRun ? nil : request.consent)
  }

  private var writer: AccountWriter<Store> {
    AccountWriter(store, gate.clock, gate.recorder, gate.policy)
  }

  // What is no change of an account: secrets that have ended, and counts of failures.

  func discard(_ token: Token) throws(Failure) { try writer.discard(token) }

  /// Removes a password that has ended.
  func discard(_ password: Password) throws(Failure) {
    try writer.discardPassword(of: password.userID)
  }

  func setAttempts(_ attempts: Attempts?, of subject: [UInt8]) throws(Failure) {
    try writer.setAttempts(attempts, of: subject)
  }
}
