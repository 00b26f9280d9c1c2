/// The data of a memory store other than accounts: plain values, changed only through
/// `MemoryUserStore`, which can undo each change.
struct MemoryCredentials {
  var passwords: [UserID: Password] = [:]
  var tokens: [UserID: Token] = [:]
  var tokenIDs: [[UInt8]: UserID] = [:]
  var tokensOfUser: [UserID: Set<UserID>] = [:]
  var attempts: [[UInt8]: Attempts] = [:]
  var answers: [[UInt8]: IdempotencyRecord] = [:]
  var events: [Event] = []
  var formerRoles: [UserID: FormerRoles] = [:]
  var policyText: String?
  var hasHadPolicy = false
  /// The accounts that were permanently deleted in this transaction.
  var gone: Set<UserID> = []

  /// Replaces the token with this id by `token`, or removes it if that is nil.
  mutating func put(_ token: Token?, at id: UserID) {
    if let old = tokens[id] {
      tokenIDs[old.digest] = nil
      tokensOfUser[old.userID]?.remove(id)
    }
    tokens[id] = token
    guard let token else { return }
    tokenIDs[token.digest] = id
    tokensOfUser[token.userID, default: []].insert(id)
  }
}

extension MemoryUserStore {
  // MARK: Passwords and tokens

  public func password(of user: UserID) -> Password? { credentials.passwords[user] }

  public func setPassword(_ password: Password?, of user: UserID) {
    change(\.passwords[user], to: password)
  }

  public func token(_ reference: TokenReference) -> Token? {
    switch reference {
    case .id(let id): credentials.tokens[id]
    case .digest(let digest): credentials.tokenIDs[digest].flatMap { credentials.tokens[$0] }
    }
  }

  public func holder(ofToken id: UserID) -> UserID? { credentials.tokens[id]?.userID }

  public func tokens(of user: UserID) -> [Token] {
    let ids = credentials.tokensOfUser[user] ?? []
    return ids.compactMap { credentials.tokens[$0] }.sorted { $0.id.key < $1.id.key }
  }

  public func insert(_ token: Token) throws(StoreError) {
    guard credentials.tokens[token.id] == nil else { throw .idTaken }
    put(token, at: token.id)
  }

  public func replace(_ token: Token) { put(token, at: token.id) }
  public func remove(_ token: Token) { put(nil, at: token.id) }

  private func put(_ token: Token?, at id: UserID) {
    let old = credentials.tokens[id]
    credentials.put(token, at: id)
    didChange(isNew: old == nil) { $0.credentials.put(old, at: id) }
  }

  func removeCredentials(of user: UserID) {
    setPassword(nil, of: user)
    for token in tokens(of: user) { remove(token) }
    setFormerRoles(nil, of: user)
  }

  public func formerRoles(of user: UserID) -> FormerRoles? { credentials.formerRoles[user] }

  public func setFormerRoles(_ roles: FormerRoles?, of user: UserID) {
    change(\.formerRoles[user], to: roles)
  }

  public var policyText: String? { credentials.policyText }

  public func setPolicyText(_ text: String?) {
    let old = (credentials.policyText, credentials.hasHadPolicy)
    (credentials.policyText, credentials.hasHadPolicy) = (text, true)
    didChange { ($0.credentials.policyText, $0.credentials.hasHadPolicy) = old }
  }

  public var hasHadPolicy: Bool { credentials.hasHadPolicy }

  public var hasAttempts: Bool { !credentials.attempts.isEmpty }

  public func attempts(of subject: [UInt8]) -> Attempts? { credentials.attempts[subject] }

  public func setAttempts(_ attempts: Attempts?, of subject: [UInt8], forgottenBefore: Timestamp) {
    change(\.attempts[subject], to: attempts)
    // This scans all entries, so it runs only when their number is a multiple of 256.
    guard credentials.attempts.count.isMultiple(of: 256) else { return }
    change(\.attempts, to: credentials.attempts.filter { $0.value.last >= forgottenBefore })
  }

  // MARK: Idempotency records

  public func answer(to key: [UInt8]) -> IdempotencyRecord? { credentials.answers[key] }

  public func remember(_ answer: IdempotencyRecord, to key: [UInt8], forgottenBefore: Timestamp) {
    let gone = credentials.gone
    change(\.answers[key], to: gone.isEmpty ? answer : answer.redacted(of: gone))
    guard credentials.answers.count.isMultiple(of: 256) else { return }
    change(\.answers, to: credentials.answers.filter { $0.value.at >= forgottenBefore })
  }

  public func redactAnswers(about user: UserID) {
    change(\.gone, to: credentials.gone.union([user]))
    for (key, answer) in credentials.answers where answer.subjects.contains(user) {
      change(\.answers[key], to: answer.redacted(of: [user]))
    }
  }

  private func change<Value>(
    _ path: WritableKeyPath<MemoryCredentials, Value>, to value: Value
  ) {
    let old = credentials[keyPath: path]
    credentials[keyPath: path] = value
    didChange(isNew: true) { $0.credentials[keyPath: path] = old }
  }

  // MARK: Events

  public var latestEvent: EventMark {
    credentials.events.last.map { EventMark(seq: $0.seq, at: $0.at) } ?? .none
  }

  public func awaitCommits() -> CommitSignal { .needless }

  public func append(_ event: Event) {
    credentials.events.append(event)
    didChange(isNew: true) { $0.credentials.events.removeLast() }
  }

  public var oldestEvent: Int64? { credentials.events.first?.seq }

  public func redactEvents(of user: UserID) {
    for at in credentials.events.indices where credentials.events[at].userID == user {
      change(\.events[at], to: credentials.events[at].redacted)
    }
  }

  public func pruneEvents(before time: Timestamp, limit: Int) -> Int {
    let old = credentials.events.dropLast().prefix(limit).prefix { $0.at < time }
    change(\.events, to: Array(credentials.events.dropFirst(old.count)))
    return old.count
  }

  public func events(_ query: EventQuery, _ body: (Event) -> Void) {
    // Sequence numbers have no gaps.
    let oldest = oldestEvent ?? 1
    let events = credentials.events
    switch query.order {
    case .ascending:
      let skipped = Int(clamping: max(query.after, 0) - (oldest - 1))
      let rest = events.dropFirst(max(skipped, 0))
      for event in rest.lazy.filter(query.matches).prefix(query.limit) { body(event) }
    case .descending:
      let left = Int(clamping: max(query.after, oldest) - oldest)
      let rest = events.prefix(left).reversed()
      for event in rest.lazy.filter(query.matches).prefix(query.limit) { body(event) }
    }
  }
}
