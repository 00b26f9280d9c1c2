public import Contract

/// Decides, method by method, whether the caller may, and hands out the proof.
///
/// The caller's account is read again whenever the store has changed, so that disabling it or
/// changing its roles works on the next request of every process.
public final class Gate<Store: UserStore> {
  let store: Store
  let limits: LaunchLimits
  private let identity: Identity
  private let clock: () -> Timestamp
  private var ids = UserIDGenerator()
  /// The caller as of `callerRevision` of the store.
  private var caller: Caller?
  private var callerRevision: UInt64?

  public init(
    store: Store, identity: Identity, limits: LaunchLimits,
    clock: @escaping () -> Timestamp = { .now }
  ) {
    self.store = store
    self.identity = identity
    self.limits = limits
    self.clock = clock
  }

  /// Checks the capability, without looking anything else up, and opens the transaction that the
  /// method runs in: the caller is checked in that same transaction.
  public func authorize(_ method: MethodDescription) throws(Failure) -> Authorized<Store> {
    guard case .needs(let capability) = method.access else {
      return Authorized(gate: self, caller: nil, scope: .own)
    }
    do {
      try store.beginRead()
      var caller = try currentCaller()
      var scope = try permitted(capability, caller)
      if method.effect != .read {
        // Refused callers never get here, so they can't hold up writers.
        try store.beginWrite()
        caller = try currentCaller()
        scope = try permitted(capability, caller)
      }
      return Authorized(gate: self, caller: caller, scope: scope)
    } catch let error as StoreError {
      throw error.failure
    } catch let failure as Failure {
      throw failure
    } catch {
      throw .internalError
    }
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

  private func permitted(_ capability: Capability, _ caller: Caller) throws(Failure) -> Scope {
    if let scope = caller.scope(of: capability) { return scope }
    let isLaunchLimit = !limits.permits(capability) || limits.organization != nil
    throw .permissionDenied(capability, isLaunchLimit: isLaunchLimit)
  }

  private func currentCaller() throws -> Caller {
    if let caller, callerRevision == store.revision { return caller }
    caller = nil
    guard case .user(let id) = identity else { throw Failure.noCredential }
    var user: User?
    _ = try store.read(.id(id)) { user = User($0) }
    guard let user, user.flags.status == .active else { throw Failure.disabledCaller }
    let fresh = Caller(user, limits)
    caller = fresh
    callerRevision = store.revision
    return fresh
  }

  func now() -> Timestamp { clock() }

  func nextID() -> UserID { ids.next(at: clock()) }
}

/// Proof that the capability check has passed, and the only way to accounts for a method's body.
///
/// What is outside the scope is not there: it is neither found nor counted.
public struct Authorized<Store: UserStore> {
  let gate: Gate<Store>
  private let optionalCaller: Caller?
  /// How far the method's own capability reaches.
  let scope: Scope

  fileprivate init(gate: Gate<Store>, caller: Caller?, scope: Scope) {
    self.gate = gate
    optionalCaller = caller
    self.scope = scope
  }

  /// nil in an open method.
  var callerID: UserID? { optionalCaller?.id }

  /// The caller of a method that needs a capability.
  func caller() throws(Failure) -> Caller {
    guard let optionalCaller else { throw .noCredential }
    return optionalCaller
  }

  /// Whether this caller may use what needs `access`; false for an unknown caller.
  public func isAllowed(_ access: Access) -> Bool {
    guard case .needs(let capability) = access else { return true }
    return gate.callerIfAny()?.scope(of: capability) != nil
  }

  public var storeKind: String { gate.store.kind }

  func admits(_ row: UserRow) -> Bool {
    if row.flags.contains(.deleted) { return false }
    switch scope {
    case .all: return true
    case .own: return row.id == callerID
    case .organization(let id):
      return row.organizationID?.equals(id) ?? false
    }
  }

  func admits(_ user: User) -> Bool {
    switch scope {
    case .all: true
    case .own: user.id == callerID
    case .organization(let id): user.organizationID == id
    }
  }

  /// Hands the account to `body` if it is there for this caller.
  func read(
    _ reference: UserReference, _ body: (UserRow) -> Void
  ) throws(Failure) -> Bool {
    do {
      var isAdmitted = false
      _ = try gate.store.read(reference) { row in
        guard admits(row) else { return }
        isAdmitted = true
        body(row)
      }
      return isAdmitted
    } catch {
      throw error.failure
    }
  }

  /// The account to change, or 404, whether it is foreign, deleted or was never there.
  func user(_ reference: UserReference) throws(Failure) -> User {
    var user: User?
    _ = try read(reference) { user = User($0) }
    guard let user else { throw .userNotFound }
    return user
  }

  /// Runs what may fail in the store, with its errors as callers meet them.
  func store<R>(_ body: (Store) throws(StoreError) -> R) throws(Failure) -> R {
    do {
      return try body(gate.store)
    } catch {
      throw error.failure
    }
  }

  /// Refuses unless the caller's `capability` reaches as far as `scope`.
  func require(_ capability: Capability, reaching target: User) throws(Failure) {
    guard let reach = try caller().scope(of: capability) else {
      throw .permissionDenied(capability, isLaunchLimit: !gate.limits.permits(capability))
    }
    let isReached =
      switch reach {
      case .all: true
      case .own: target.id == callerID
      case .organization(let id): target.organizationID == id
      }
    if !isReached { throw .outsideOrganization }
  }
}

extension Text {
  @inlinable func equals(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { $0.count == bytes.count && $0.elementsEqual(bytes) }
  }
}
