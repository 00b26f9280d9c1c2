import Users

/// A store that behaves like a remote one: others change it while it is read, a failed insertion
/// would end its transaction, and it gets the lookups of a transaction in advance.
final class FarStore: UserStore {
  private let near = MemoryUserStore()
  /// The number of reads of an account that will fail because others have written in between.
  var changesLeft = 0
  /// The number of writing transactions whose commit will fail, so that they must be repeated.
  var lostGroupsLeft = 0
  /// The error of every `page`; nil for success.
  var pageFailure: StoreError?
  private(set) var foreseen: [[Lookup]] = []
  private(set) var changedCount = 0
  private(set) var steadyReads = 0
  private var isSteady = false
  /// As of the latest read.
  private(set) var revision: UInt64 = 0

  let kind = "memory"
  let foresees = true
  func foresee(_ lookups: [Lookup]) { if !lookups.isEmpty { foreseen.append(lookups) } }

  func beginRead() {}
  func beginSteadyRead() {
    steadyReads += 1
    isSteady = true
  }
  func beginWrite() {
    isSteady = true
    near.beginWrite()
  }
  func beginWriteIfFree() -> Bool { false }
  var isWriting: Bool { near.isWriting }
  func beginSavepoint() { near.beginSavepoint() }
  func endSavepoint(isKept: Bool) { near.endSavepoint(isKept: isKept) }
  func rollback() {
    isSteady = false
    near.rollback()
  }
  func releaseSnapshot() {}

  func commit() throws(StoreError) {
    isSteady = false
    if near.isWriting, lostGroupsLeft > 0 {
      lostGroupsLeft -= 1
      near.rollback()
      throw .changed
    }
    near.commit()
  }

  private func look() throws(StoreError) {
    guard !isSteady, changesLeft > 0 else { return }
    changesLeft -= 1
    changedCount += 1
    revision += 1
    throw .changed
  }

  func read(_ reference: UserReference, _ body: (UserView) -> Void) throws(StoreError) -> Bool {
    let isFound = near.read(reference, body)
    try look()
    return isFound
  }
  func read(
    _ reference: UserReference, within scope: Scope, _ body: (UserView) -> Void
  ) throws(StoreError) -> Bool {
    let isFound = near.read(reference, within: scope, body)
    // The body has seen the row before the change was noticed; the caller must not keep it.
    try look()
    return isFound
  }
  func page(_ query: PageQuery, _ body: (UserView) -> Void) throws(StoreError) -> Bool {
    if let pageFailure { throw pageFailure }
    return near.page(query, body)
  }
  func count(_ filter: Filter) -> Int { near.count(filter) }

  func conflict(of user: User, claiming claims: Claims) -> Conflict? {
    if claims.contains(.id), near.read(.id(user.id), { _ in }) { return .id }
    return near.conflict(of: user, claiming: claims)
  }
  func insert(_ user: PackedUser) throws(StoreError) { try near.insert(user) }
  func replace(_ old: PackedUser, with new: PackedUser) { near.replace(old, with: new) }
  func remove(_ user: PackedUser) { near.remove(user) }

  var cursorKey: [UInt8] { near.cursorKey }
  func password(of user: UserID) -> Password? { near.password(of: user) }
  func setPassword(_ password: Password?, of user: UserID) {
    near.setPassword(password, of: user)
  }
  func token(_ reference: TokenReference) -> Token? { near.token(reference) }
  func holder(ofToken id: UserID) -> UserID? { near.holder(ofToken: id) }
  func tokens(of user: UserID) -> [Token] { near.tokens(of: user) }
  func insert(_ token: Token) throws(StoreError) { try near.insert(token) }
  func replace(_ token: Token) { near.replace(token) }
  func remove(_ token: Token) { near.remove(token) }
  func formerRoles(of user: UserID) -> FormerRoles? { near.formerRoles(of: user) }
  func setFormerRoles(_ roles: FormerRoles?, of user: UserID) {
    near.setFormerRoles(roles, of: user)
  }
  func attempts(of subject: [UInt8]) -> Attempts? { near.attempts(of: subject) }
  func setAttempts(_ attempts: Attempts?, of subject: [UInt8], forgottenBefore: Timestamp) {
    near.setAttempts(attempts, of: subject, forgottenBefore: forgottenBefore)
  }
  func answer(to key: [UInt8]) -> IdempotencyRecord? { near.answer(to: key) }
  func remember(_ answer: IdempotencyRecord, to key: [UInt8], forgottenBefore: Timestamp) {
    near.remember(answer, to: key, forgottenBefore: forgottenBefore)
  }
  func redactAnswers(about user: UserID) { near.redactAnswers(about: user) }
  var feedID: String { near.feedID }
  var latestEvent: EventMark { near.latestEvent }
  var oldestEvent: Int64? { near.oldestEvent }
  func append(_ event: Event) { near.append(event) }
  func events(_ query: EventQuery, _ body: (Event) -> Void) { near.events(query, body) }
  func redactEvents(of user: UserID) { near.redactEvents(of: user) }
  func pruneEvents(before time: Timestamp, limit: Int) -> Int {
    near.pruneEvents(before: time, limit: limit)
  }
  var policyText: String? { near.policyText }
  var hasHadPolicy: Bool { near.hasHadPolicy }
  func setPolicyText(_ text: String?) { near.setPolicyText(text) }
}
