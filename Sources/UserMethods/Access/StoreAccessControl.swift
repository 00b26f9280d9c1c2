public import Contract
public import Users

/// Authorizes method calls, and opens the store for them as a `ScopedStore`.
public final class StoreAccessControl<Store: UserStore>: AccessControl {
  private let store: Store
  private let authorizer: Authorizer<Store>
  private let tokenUse: TokenUse<Store>
  /// Whether secrets are sent by mail, and so omitted from replies.
  let isMailing: Bool
  let clock: StoreClock<Store>
  let letters: LetterKeeper<Store>
  let recorder = ChangeRecorder()
  /// The client's subscription to events.
  public internal(set) var subscription: Subscription?

  public init(
    store: Store, identity: Identity, limits: LaunchLimits, isMailing: Bool = false,
    clock: @escaping () -> Timestamp = { .now }
  ) {
    self.store = store
    self.isMailing = isMailing
    let clock = StoreClock(store, clock)
    self.clock = clock
    letters = LetterKeeper(store, clock)
    authorizer = Authorizer(store, identity, limits, clock)
    tokenUse = TokenUse(store, authorizer, clock)
  }

  /// Called with the milliseconds that each transaction has waited for the lock of the store.
  public var noteLockWait: ((Int) -> Void)?

  var limits: LaunchLimits { authorizer.limits }
  var policy: Policy { authorizer.policy }

  /// Whether a person has to confirm an agent's changes that need consent.
  public var isConfirming: Bool { limits.isConfirming }

  // MARK: Methods

  public func admit(_ method: MethodDescription, _ request: RequestContext) throws(Failure) {
    try authorizer.checkLaunch(method)
    if method.access == .open { return }
    try beginRead(request)
    _ = try authorizer.scope(of: method.access, request)
  }

  public func enter(
    _ method: MethodDescription, _ request: RequestContext
  ) throws(Failure) -> ScopedStore<Store> {
    if method.effect != .read {
      try failing { () throws(StoreError) in try beginWrite() }
    } else if method.access != .open {
      try beginRead(request)
    }
    return try scoped(method.access, request)
  }

  /// Begins to write; `noteLockWait` gets the milliseconds that the lock took.
  public func beginWrite() throws(StoreError) {
    guard let noteLockWait, !store.isWriting else { return try store.beginWrite() }
    let start = Stopwatch.nowMs
    defer { noteLockWait(Stopwatch.nowMs - start) }
    try store.beginWrite()
  }

  /// The store without the write lock, for slow work, with the scope of an open method.
  func peek(_ request: RequestContext) throws(Failure) -> ScopedStore<Store> {
    try beginRead(request)
    try failing { () throws(StoreError) in try clock.refresh() }
    return try scoped(.open, request)
  }

  private func beginRead(_ request: RequestContext) throws(Failure) {
    try failing { () throws(StoreError) in
      if request.isSteady { try store.beginSteadyRead() } else { try store.beginRead() }
    }
  }

  private func scoped(
    _ access: Access, _ request: RequestContext
  ) throws(Failure) -> ScopedStore<Store> {
    let scope = try authorizer.scope(of: access, request)
    return ScopedStore(store, control: self, request, scope: scope)
  }

  func permitted(_ capability: Capability, _ caller: Caller) throws(Failure) -> Scope {
    try authorizer.permitted(capability, caller)
  }

  // MARK: Permissions

  public func isTool(_ method: MethodDescription) -> Bool { limits.permitsTool(method) }

  public func tools(
    among methods: [MethodDescription]
  ) throws(Failure) -> [MethodDescription] {
    // Throws without a valid caller, because an empty list would not show the reason.
    let caller = try caller()
    let tools = methods.filter { method in
      guard let tool = method.tool, isTool(method) else { return false }
      return (isMailing || !tool.needsMail) && authorizer.isAllowed(method, caller)
    }
    // A tool that only combines others (bulk) is useless without them.
    let canWrite = tools.contains { $0.effect != .read && $0.access != .authenticated }
    return canWrite ? tools : tools.filter { $0.effect == .read }
  }

  /// The caller, or nil without a valid caller; for documents that mark the allowed methods.
  public func callerIfAny() -> Caller? {
    do { return try caller() } catch { return nil }
  }

  /// Whether this caller may use the method; false for an unknown caller.
  func isAllowed(_ method: MethodDescription) -> Bool {
    authorizer.isAllowed(method, method.access == .open ? nil : callerIfAny())
  }

  /// The caller; throws if they may not call.
  func caller() throws(Failure) -> Caller {
    let request = RequestContext()
    return try reading(request) { () throws(Failure) in
      try beginRead(request)
      return try authorizer.currentCaller()
    }
  }

  /// How often a read is repeated before it uses one snapshot.
  private static var readsAnewMax: Int { 8 }

  /// Runs `body`, and repeats it while other writers change the store during the read.
  public func reading<R>(
    _ request: RequestContext, _ body: () throws(Failure) -> R
  ) throws(Failure) -> R {
    var readsAnew = 0
    while true {
      do throws(Failure) {
        return try body()
      } catch {
        // A transaction that writes is repeated as a whole.
        guard error.handling == .anew, !store.isWriting, !request.isSteady else { throw error }
        store.rollback()
        readsAnew += 1
        request.isSteady = readsAnew == Self.readsAnewMax
      }
    }
  }

  // MARK: Between transactions

  /// Reads with the caller's permissions for `access`.
  func watch<R>(
    _ access: Access, _ body: (ScopedStore<Store>) throws(Failure) -> R
  ) throws(Failure) -> R {
    do {
      let request = RequestContext()
      try beginRead(request)
      let result = try body(scoped(access, request))
      try failing { () throws(StoreError) in try store.commit() }
      return result
    } catch {
      store.rollback()
      throw error
    }
  }

  /// Records that the calling token was used, or has expired. Returns true if this has to be called
  /// again soon, because another process writes.
  public func recordTokenUse() -> Bool { tokenUse.note() }

  // MARK: Slow work

  /// Runs slow work before the write lock is taken. If the transaction already holds it, throws
  /// `notYet`, and the request is repeated after the commit.
  func beforeWriteLock<R>(
    _ request: RequestContext, _ body: () throws(Failure) -> R
  ) throws(Failure) -> R {
    request.isLong = true
    if store.isWriting { throw .notYet }
    return try body()
  }
}
