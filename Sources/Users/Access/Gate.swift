public import Contract

/// Decides, method by method, whether the caller may, and hands out the proof.
///
/// The caller's account and token are read again whenever the store has changed, so that disabling
/// the one or revoking the other works on the next request of every process.
public final class Gate<Store: UserStore>: Gatekeeper {
  private let store: Store
  let limits: LaunchLimits
  /// Whether secrets go out by mail, and so stay out of replies.
  let isMailing: Bool
  let clock: StoreClock<Store>
  let recorder = ChangeRecorder()
  /// The store's, as of the latest look at it.
  private(set) var policy = Policy.standard
  private var policyText: String?
  /// What the client wants to be told of.
  public internal(set) var subscription: Subscription?

  private let identity: Identity
  /// The caller as of `revision` of the store.
  private var caller: Caller?
  /// The store's when caller and policy were read.
  private var revision: UInt64?
  private var useNotedAt: Timestamp?
  /// When the calling token was found to have ended: it has then ended for good.
  private var endSeenAt: Timestamp?
  private var isEndNoted = false

  public init(
    store: Store, identity: Identity, limits: LaunchLimits, isMailing: Bool = false,
    clock: @escaping () -> Timestamp = { .now }
  ) {
    self.store = store
    self.identity = identity
    self.limits = limits
    self.isMailing = isMailing
    self.clock = StoreClock(store, clock)
  }

  // MARK: Methods

  public func admit(_ method: MethodDescription, _ request: RequestContext) throws(Failure) {
    if limits.isReadOnly, method.effect != .read, method.access.capabilities.isEmpty {
      throw .readOnlyLaunch
    }
    if method.access == .open { return }
    try withFailures {
      try store.beginRead()
      _ = try scoped(method.access, request)
    }
  }

  /// Whether a person confirms what agents ask for that can't be undone.
  public var isConfirming: Bool { limits.isConfirming }

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

  public func enter(
    _ method: MethodDescription, _ request: RequestContext
  ) throws(Failure) -> ScopedStore<Store> {
    try withFailures {
      if method.effect != .read {
        try store.beginWrite()
      } else if method.access != .open {
        try store.beginRead()
      }
      return try scoped(method.access, request)
    }
  }

  /// The store as it is before the request locks it, for what takes long.
  func peek(_ request: RequestContext) throws(Failure) -> ScopedStore<Store> {
    try withFailures {
      try store.beginRead()
      try clock.refresh()
      return try scoped(.open, request)
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

  private func scoped(
    _ access: Access, _ request: RequestContext
  ) throws -> ScopedStore<Store> {
    let scope: Scope
    switch access {
    case .open:
      scope = limits.organization.map { .organization($0) } ?? .all
      if store.isWriting { try refreshPolicy() }
    case .authenticated:
      let caller = try currentCaller()
      request.caller = caller
      scope = .account(caller.id)
    case .needs(let capability):
      let caller = try currentCaller()
      request.caller = caller
      scope = try permitted(capability, caller)
    case .needsEither(let one, let other):
      let caller = try currentCaller()
      request.caller = caller
      scope = try caller.scope(of: one) ?? permitted(other, caller)
    }
    return ScopedStore(store, gate: self, request, scope: scope)
  }

  func permitted(_ capability: Capability, _ caller: Caller) throws(Failure) -> Scope {
    if let scope = caller.scope(of: capability) { return scope }
    throw .permissionDenied(capability, caller.limit(on: capability))
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

  /// Who calls, if they may.
  func callerID() throws(Failure) -> UserID {
    try withFailures {
      try store.beginRead()
      return try currentCaller().id
    }
  }

  func currentCaller() throws -> Caller {
    if endSeenAt != nil { throw Failure.expiredToken }
    if let caller, revision == store.revision {
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
    try refreshPolicy()
    let fresh = Caller(user, policy, limits, token)
    caller = fresh
    revision = store.revision
    return fresh
  }

  /// Custom roles are the same in all processes on a store, from one request to the next.
  private func refreshPolicy() throws(StoreError) {
    let text = try store.policyText
    if text == policyText { return }
    policy = try Policy.stored(text) ?? .standard
    policyText = text
  }

  /// The token that the process was started with, if it is one that lets somebody call.
  private func callingToken() throws -> Token? {
    guard case .token(let digest) = identity, let token = try store.token(.digest(digest)),
      token.kind == .api || token.kind == .session
    else { return nil }
    try clock.refresh()
    try checkEnd(token.expiresAt, lastUsed: token.lastUsed)
    return token
  }

  /// A token that somebody was refused with for its end was last used then, and so stays refused
  /// when the clock is set back.
  private func checkEnd(_ end: Timestamp, lastUsed: Timestamp? = nil) throws(Failure) {
    let time = lastUsed.map { max($0, clock.now) } ?? clock.now
    if end > time { return }
    endSeenAt = time
    throw .expiredToken
  }

  /// Looks at the store between groups, as the caller may.
  func watch<R>(_ access: Access, _ body: (ScopedStore<Store>) throws -> R) throws -> R {
    do {
      try store.beginRead()
      let result = try body(scoped(access, RequestContext()))
      try store.end()
      return result
    } catch {
      store.abandon()
      throw error
    }
  }

  // MARK: Slow work

  /// Does what takes long before the group locks others out. If it has done so already, the request
  /// is put off until the group has ended.
  func slowly<R>(
    _ request: RequestContext, _ body: () throws(Failure) -> R
  ) throws(Failure) -> R {
    request.isLong = true
    if store.isWriting {
      request.isPostponed = true
      throw .internalError
    }
    return try body()
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
    let now = clock.systemTime
    if caller == nil { return false }
    if let useNotedAt, now < useNotedAt.adding(Self.useNoteMs), now >= useNotedAt { return false }
    useNotedAt = now
    return true
  }

  private func noteUse(of token: Token) throws(StoreError) {
    try clock.refresh()
    let time = endSeenAt ?? clock.now
    let isNews = token.lastUsed.map {
      endSeenAt == nil ? time >= $0.adding(Self.useNoteMs) : $0 < token.expiresAt
    }
    guard isNews ?? true else { return }
    var used = token
    used.lastUsed = time
    try store.replace(used)
  }
}
