internal import Contract
internal import Users

/// Identifies the caller and their permissions in the current state of the store.
///
/// The caller's account and token, and the policy, are read again whenever the store has changed.
/// So a disabled account or a revoked token is refused at the next request of every process.
final class Authorizer<Store: UserStore> {
  let identity: Identity
  let limits: LaunchLimits
  /// The store's policy, as last read.
  private(set) var policy = Policy.standard
  /// When the token was found expired. It stays expired if the clock is set back.
  private(set) var endSeenAt: Timestamp?

  private let store: Store
  private let clock: StoreClock<Store>
  private var policyText: String?
  /// The caller at `revision`.
  private var caller: Caller?
  /// The revision of the store when caller and policy were read.
  private var revision: UInt64?

  init(_ store: Store, _ identity: Identity, _ limits: LaunchLimits, _ clock: StoreClock<Store>) {
    self.store = store
    self.identity = identity
    self.limits = limits
    self.clock = clock
  }

  /// Whether the caller was read successfully. The expiry of their token is in `endSeenAt`.
  var isCallerKnown: Bool { caller != nil }

  /// The caller's scope for `access`. Stores the caller in `request`.
  func scope(of access: Access, _ request: RequestContext) throws(Failure) -> Scope {
    switch access {
    case .open:
      if store.isWriting { try failing { () throws(StoreError) in try refreshPolicy() } }
      return limits.organization.map { .organization($0) } ?? .all
    case .authenticated:
      let caller = try currentCaller()
      request.caller = caller
      return .account(caller.id)
    case .needs(let capability):
      let caller = try currentCaller()
      request.caller = caller
      return try permitted(capability, caller)
    case .needsEither(let one, let other):
      let caller = try currentCaller()
      request.caller = caller
      if let scope = caller.scope(of: one) { return scope }
      return try permitted(other, caller)
    }
  }

  func permitted(_ capability: Capability, _ caller: Caller) throws(Failure) -> Scope {
    if let scope = caller.scope(of: capability) { return scope }
    throw .permissionDenied(capability, caller.limit(on: capability))
  }

  /// Refuses methods that the launch options exclude for every caller. It does not read the store.
  func checkLaunch(_ method: MethodDescription) throws(Failure) {
    if limits.isReadOnly, method.effect != .read, method.access.capabilities.isEmpty {
      throw .readOnlyLaunch
    }
  }

  /// Whether `caller` may use the method; nil stands for no caller.
  func isAllowed(_ method: MethodDescription, _ caller: Caller?) -> Bool {
    if limits.isReadOnly, method.effect != .read { return false }
    if method.access == .open { return true }
    guard let caller else { return false }
    let needed = method.access.capabilities
    return needed.isEmpty || needed.contains { caller.scope(of: $0) != nil }
  }

  /// The caller in the current transaction; throws if they may not call.
  func currentCaller() throws(Failure) -> Caller {
    if endSeenAt != nil { throw .expiredToken }
    if let caller, revision == store.revision {
      if let end = caller.expiresAt { try checkEnd(end) }
      return caller
    }
    caller = nil
    let fresh = try readCaller()
    caller = fresh
    revision = store.revision
    return fresh
  }

  private func readCaller() throws(Failure) -> Caller {
    let token = try callingToken()
    let id: UserID
    switch identity {
    case .anonymous: throw .noCredential
    case .user(let named): id = named
    case .token:
      guard let token else { throw .unknownToken }
      id = token.userID
    }
    var user: User?
    _ = try failing { () throws(StoreError) in try store.read(.id(id)) { user = User($0) } }
    guard let user, user.flags.status == .active else { throw .disabledCaller }
    try failing { () throws(StoreError) in try refreshPolicy() }
    return Caller(user, policy, limits, token)
  }

  /// Reads the store's policy again, so that every process applies a new one from its next request.
  private func refreshPolicy() throws(StoreError) {
    let text = try store.policyText
    if text == policyText { return }
    policy = try Policy.stored(text) ?? .standard
    policyText = text
  }

  /// The token that the process was started with, if it is an API token or a session.
  private func callingToken() throws(Failure) -> Token? {
    guard case .token(let digest) = identity else { return nil }
    let token = try failing { () throws(StoreError) in try store.token(.digest(digest)) }
    guard let token, token.kind == .api || token.kind == .session else { return nil }
    try failing { () throws(StoreError) in try clock.refresh() }
    try checkEnd(token.expiresAt, lastUsed: token.lastUsed)
    return token
  }

  /// `lastUsed` of a token that was refused as expired is later than its end. So the token stays
  /// refused if the clock is set back.
  private func checkEnd(_ end: Timestamp, lastUsed: Timestamp? = nil) throws(Failure) {
    let time = lastUsed.map { max($0, clock.now) } ?? clock.now
    if end > time { return }
    endSeenAt = time
    throw .expiredToken
  }
}
