public import Contract
public import Users

/// The way to the accounts: opens the store for a method whose caller may use it, and hands out the proof.
public final class Gate<Store: UserStore>: Gatekeeper {
  private let store: Store
  private let authorizer: Authorizer<Store>
  private let tokenUse: TokenUse<Store>
  /// Whether secrets go out by mail, and so stay out of replies.
  let isMailing: Bool
  let clock: StoreClock<Store>
  let letters: LetterKeeper<Store>
  let recorder = ChangeRecorder()
  /// What the client wants to be told of.
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

  var limits: LaunchLimits { authorizer.limits }
  var policy: Policy { authorizer.policy }

  /// Whether a person confirms what agents ask for that can't be undone.
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
      try failing { () throws(StoreError) in try store.beginWrite() }
    } else if method.access != .open {
      try beginRead(request)
    }
    return try scoped(method.access, request)
  }

  /// The store as it is before the request locks it, for what takes long.
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
    return ScopedStore(store, gate: self, request, scope: scope)
  }

  func permitted(_ capability: Capability, _ caller: Caller) throws(Failure) -> Scope {
    try authorizer.permitted(capability, caller)
  }

  // MARK: What the caller may do

  public func isTool(_ method: MethodDescription) -> Bool { limits.permitsTool(method) }

  public func tools(
    among methods: [MethodDescription]
  ) throws(Failure) -> [MethodDescription] {
    // Without a caller there would be none, and nobody would know why.
    let caller = try caller()
    let tools = methods.filter { method in
      guard let tool = method.tool, isTool(method) else { return false }
      return (isMailing || !tool.needsMail) && authorizer.isAllowed(method, caller)
    }
    // What only strings others together is of no use without them.
    let canWrite = tools.contains { $0.effect != .read && $0.access != .authenticated }
    return canWrite ? tools : tools.filter { $0.effect == .read }
  }

  /// The caller if there is a valid one, for documents that mark what is allowed.
  public func callerIfAny() -> Caller? {
    do { return try caller() } catch { return nil }
  }

  /// Whether this caller may use the method; false for an unknown caller.
  func isAllowed(_ method: MethodDescription) -> Bool {
    authorizer.isAllowed(method, method.access == .open ? nil : callerIfAny())
  }

  /// Who calls, if they may.
  func caller() throws(Failure) -> Caller {
    let request = RequestContext()
    return try reading(request) { () throws(Failure) in
      try beginRead(request)
      return try authorizer.currentCaller()
    }
  }

  /// How often what reads is done anew before the store has to stand still for it.
  private static var readsAnewMax: Int { 8 }

  /// Does what reads, and again as long as the store changes under it.
  public func reading<R>(
    _ request: RequestContext, _ body: () throws(Failure) -> R
  ) throws(Failure) -> R {
    var readsAnew = 0
    while true {
      do throws(Failure) {
        return try body()
      } catch {
        // A group that writes is answered anew as a whole.
        guard error.handling == .anew, !store.isWriting, !request.isSteady else { throw error }
        store.abandon()
        readsAnew += 1
        request.isSteady = readsAnew == Self.readsAnewMax
      }
    }
  }

  // MARK: Between groups

  /// Looks at the store as the caller may.
  func watch<R>(
    _ access: Access, _ body: (ScopedStore<Store>) throws(Failure) -> R
  ) throws(Failure) -> R {
    do {
      let request = RequestContext()
      try beginRead(request)
      let result = try body(scoped(access, request))
      try failing { () throws(StoreError) in try store.end() }
      return result
    } catch {
      store.abandon()
      throw error
    }
  }

  /// Notes that the calling token is in use, or has ended.
  public func noteUse() { tokenUse.note() }

  // MARK: Slow work

  /// Does what takes long before the group locks others out. If it has done so already, the request
  /// is to be asked again when the group has ended.
  func slowly<R>(
    _ request: RequestContext, _ body: () throws(Failure) -> R
  ) throws(Failure) -> R {
    request.isLong = true
    if store.isWriting { throw .notYet }
    return try body()
  }
}
