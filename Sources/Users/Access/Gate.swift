public import Contract

/// Decides, method by method, whether the caller may, and hands out the proof.
///
/// The caller's account and token are read again whenever the store has changed, so that disabling
/// the one or revoking the other works on the next request of every process.
public final class Gate<Store: UserStore>: Gatekeeper {
  let store: Store
  let policy: Policy
  let limits: LaunchLimits
  /// Whether secrets go out by mail, and so stay out of replies.
  let isMailing: Bool
  let changes = ChangeRecorder()
  /// Set while what is done will be undone: no secret is made for it.
  var isRehearsing = false
  /// Whether a model will read the answer: it is shown no secret, and shorter pages.
  public private(set) var isForAgent = false
  /// Set by what answers without having kept anything: repeated, it may have an effect.
  var hasKeptNothing = false
  /// What waits for the present group to be kept.
  public var outbox = Outbox()
  /// What the client wants to be told of.
  public internal(set) var subscription: Subscription?

  private let identity: Identity
  private let clock: () -> Timestamp
  private var ids = UserIDGenerator()
  /// The caller as of `callerRevision` of the store.
  private var caller: Caller?
  private var callerRevision: UInt64?
  /// When the latest event happened, as of `floorRevision` of the store: it is never earlier again.
  private var timeFloor = Timestamp(milliseconds: 0)
  private var floorRevision: UInt64?
  private var useNotedAt: Timestamp?
  /// When the calling token was found to have ended: it has then ended for good.
  private var endSeenAt: Timestamp?
  private var isEndNoted = false

  /// Whether a request may be put off until the group before it has ended.
  public var mayPostpone = false
  /// Set when the present request asks for that.
  public private(set) var isPostponed = false

  public init(
    store: Store, identity: Identity, policy: Policy = .standard, limits: LaunchLimits,
    isMailing: Bool = false, clock: @escaping () -> Timestamp = { .now }
  ) {
    self.store = store
    self.identity = identity
    self.policy = policy
    self.limits = limits
    self.isMailing = isMailing
    self.clock = clock
  }

  // MARK: Methods

  public func admit(_ method: MethodDescription) throws(Failure) {
    if limits.isReadOnly, method.effect != .read, method.access.capabilities.isEmpty {
      throw .readOnlyLaunch
    }
    if method.access == .open { return }
    try withFailures {
      try store.beginRead()
      _ = try grant(method.access)
    }
  }

  public func isTool(_ method: MethodDescription) -> Bool { limits.permitsTool(method) }

  public func tools(
    among methods: [MethodDescription]
  ) throws(Failure) -> [MethodDescription] {
    // Without a caller there would be none, and nobody would know why.
    try withFailures {
      try store.beginRead()
      _ = try currentCaller()
    }
    let tools = methods.filter { method in
      guard let tool = method.tool, isTool(method) else { return false }
      return (isMailing || !tool.needsMail) && isAllowed(method)
    }
    // What only strings others together is of no use without them.
    let canWrite = tools.contains { $0.effect != .read && $0.access != .authenticated }
    return canWrite ? tools : tools.filter { $0.effect == .read }
  }

  public func enter(_ method: MethodDescription) throws(Failure) -> Authorized<Store> {
    try withFailures {
      if method.effect != .read {
        try store.beginWrite()
      } else if method.access != .open {
        try store.beginRead()
      }
      return try grant(method.access)
    }
  }

  @inline(__always)
  private func withFailures<R>(_ body: () throws -> R) throws(Failure) -> R {
    do {
      return try body()
    } catch let error as StoreError {
      throw error.failure
    } catch let failure as Failure {
      throw failure
    } catch {
      throw .internalError
    }
  }

  private func grant(_ access: Access) throws -> Authorized<Store> {
    switch access {
    case .open:
      let scope: Scope = limits.organization.map { .organization($0) } ?? .all
      return Authorized(gate: self, caller: nil, scope: scope)
    case .authenticated:
      return Authorized(gate: self, caller: try currentCaller(), scope: .own)
    case .needs(let capability):
      let caller = try currentCaller()
      return Authorized(gate: self, caller: caller, scope: try permitted(capability, caller))
    case .needsEither(let one, let other):
      let caller = try currentCaller()
      let scope = try caller.scope(of: one) ?? permitted(other, caller)
      return Authorized(gate: self, caller: caller, scope: scope)
    }
  }

  func permitted(_ capability: Capability, _ caller: Caller) throws(Failure) -> Scope {
    if let scope = caller.scope(of: capability) { return scope }
    throw .permissionDenied(capability, limit(on: capability, caller))
  }

  /// What takes a capability away that the caller's roles may give.
  func limit(on capability: Capability, _ caller: Caller) -> CapabilityLimit {
    if !limits.permits(capability) || limits.organization != nil { return .launch }
    return caller.isNarrowed(from: capability) ? .token : .roles
  }

  /// The caller if there is a valid one, for documents that mark what is allowed.
  public func callerIfAny() -> Caller? {
    do {
      try store.beginRead()
      return try currentCaller()
    } catch {
      return nil
    }
  }

  /// Whether this caller may use what needs `access`; false for an unknown caller.
  func isAllowed(_ method: MethodDescription) -> Bool {
    if limits.isReadOnly, method.effect != .read { return false }
    if method.access == .open { return true }
    guard let caller = callerIfAny() else { return false }
    let needed = method.access.capabilities
    return needed.isEmpty || needed.contains { caller.scope(of: $0) != nil }
  }

  func currentCaller() throws -> Caller {
    if endSeenAt != nil { throw Failure.expiredToken }
    if let caller, callerRevision == store.revision {
      if let end = caller.expiresAt { try checkEnd(end) }
      return caller
    }
    caller = nil
    let token = try callingToken()
    let id: UserID
    switch identity {
    case .anonymous: throw Failure.noCredential
    case .user(let named): id = named
    case .token:
      guard let token else { throw Failure.unknownToken }
      id = token.userID
    }
    var user: User?
    _ = try store.read(.id(id)) { user = User($0) }
    guard let user, user.flags.status == .active else { throw Failure.disabledCaller }
    let fresh = Caller(user, policy, limits, token)
    caller = fresh
    callerRevision = store.revision
    return fresh
  }

  /// The token that the process was started with, if it is one that lets somebody call.
  private func callingToken() throws -> Token? {
    guard case .token(let digest) = identity, let token = try store.token(.digest(digest)),
      token.kind == .api || token.kind == .session
    else { return nil }
    try refreshTime()
    try checkEnd(token.expiresAt, lastUsed: token.lastUsed)
    return token
  }

  /// A token that somebody was refused with for its end was last used then, and so stays refused
  /// when the clock is set back.
  private func checkEnd(_ end: Timestamp, lastUsed: Timestamp? = nil) throws(Failure) {
    let time = lastUsed.map { max($0, now()) } ?? now()
    if end > time { return }
    endSeenAt = time
    throw .expiredToken
  }

  // MARK: Time

  /// The clock's time, but never before the latest event: a clock that is set back brings no
  /// expired secret to life, and ids and events stay in order.
  func now() -> Timestamp { max(clock(), timeFloor) }

  /// The clock's time, for what is measured from one moment to the next: after a clock was set back
  /// `now` stands still.
  func clockTime() -> Timestamp { clock() }

  private static var setBackMs: Int64 { 1000 }

  /// Looks at the latest event again, if the store may have changed.
  func refreshTime() throws(StoreError) {
    if floorRevision == store.revision { return }
    var floor = try store.latestEvent.at
    // Where the clock was set back, what is done next comes a millisecond later, so that its ids
    // come after those that other processes made.
    if floor > clock().adding(Self.setBackMs) { floor = floor.adding(1) }
    timeFloor = max(timeFloor, floor)
    floorRevision = store.revision
  }

  /// Time does not fall behind what was done.
  func raiseFloor(to time: Timestamp) { timeFloor = max(timeFloor, time) }

  func nextID() -> UserID { ids.next(at: now()) }

  // MARK: Slow work

  /// Does what takes long before the group locks others out. If it has done so already, the request
  /// is put off until the group has ended.
  func slowly<R>(_ body: () throws(Failure) -> R) throws(Failure) -> R {
    if store.isWriting, mayPostpone {
      isPostponed = true
      throw .internalError
    }
    return try body()
  }

  /// To be called before each request.
  public func beginRequest(mayPostpone: Bool, isForAgent: Bool = false) {
    self.mayPostpone = mayPostpone
    self.isForAgent = isForAgent
    isPostponed = false
  }

  // MARK: Use of tokens

  private static var useNoteMs: Int64 { Lifetime.minuteMs }

  /// Notes that the calling token is in use, at most once a minute and only if nobody else writes,
  /// and once that it was used when it had ended. To be called between groups.
  public func noteUse() {
    guard case .token(let digest) = identity else { return }
    if endSeenAt == nil ? !isUseDue() : isEndNoted { return }
    do {
      guard try store.beginWriteIfFree() else { return }
      if let token = try store.token(.digest(digest)) { try noteUse(of: token) }
      try store.end()
      isEndNoted = endSeenAt != nil
    } catch {
      // It is worth no request's failure.
      store.abandon()
    }
  }

  private func isUseDue() -> Bool {
    let now = clock()
    if caller == nil { return false }
    if let useNotedAt, now < useNotedAt.adding(Self.useNoteMs), now >= useNotedAt { return false }
    useNotedAt = now
    return true
  }

  private func noteUse(of token: Token) throws(StoreError) {
    try refreshTime()
    let time = endSeenAt ?? now()
    let isNews = token.lastUsed.map {
      endSeenAt == nil ? time >= $0.adding(Self.useNoteMs) : $0 < token.expiresAt
    }
    guard isNews ?? true else { return }
    var used = token
    used.lastUsed = time
    try store.replace(used)
  }
}
