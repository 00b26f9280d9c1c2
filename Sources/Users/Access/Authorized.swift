public import Contract
internal import JSON

/// Proof that the capability check has passed, and the only way to accounts for a method's body.
///
/// What is outside the scope is not there: it is neither found nor counted.
public struct Authorized<Store: UserStore> {
  let gate: Gate<Store>
  private let optionalCaller: Caller?
  /// How far the method's own capability reaches.
  let scope: Scope

  /// Only the gate makes one.
  init(gate: Gate<Store>, caller: Caller?, scope: Scope) {
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

  /// Whether this caller may use the method; false for an unknown caller.
  public func isAllowed(_ method: MethodDescription) -> Bool { gate.isAllowed(method) }

  public var storeKind: String { gate.store.kind }

  /// The same caller, within the reach of another capability.
  func using(_ capability: Capability) throws(Failure) -> Authorized {
    let caller = try caller()
    return Authorized(gate: gate, caller: caller, scope: try gate.permitted(capability, caller))
  }

  func admits(_ row: UserRow) -> Bool {
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

  /// Hands the account to `body` if it is there for this caller. Deleted ones are not, unless that is
  /// what is asked for.
  func read(
    _ reference: UserReference, isDeleted: Bool = false, _ body: (UserRow) -> Void
  ) throws(Failure) -> Bool {
    do {
      var isAdmitted = false
      _ = try gate.store.read(reference) { row in
        guard row.flags.contains(.deleted) == isDeleted, admits(row) else { return }
        isAdmitted = true
        body(row)
      }
      return isAdmitted
    } catch {
      throw error.failure
    }
  }

  /// The account to change, or 404, whether it is foreign, deleted or was never there.
  func user(_ reference: UserReference, isDeleted: Bool = false) throws(Failure) -> User {
    var user: User?
    _ = try read(reference, isDeleted: isDeleted) { user = User($0) }
    guard let user else { throw .userNotFound }
    return user
  }

  /// The account if it is there for this caller.
  func userIfAny(_ reference: UserReference) throws(Failure) -> User? {
    var user: User?
    _ = try read(reference) { user = User($0) }
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

  /// The time of what is done in this transaction.
  func now() throws(Failure) -> Timestamp {
    try store { _ throws(StoreError) in try gate.refreshTime() }
    return gate.now()
  }

  /// Refuses unless the caller's `capability` reaches as far as `target`.
  func require(_ capability: Capability, reaching target: User) throws(Failure) {
    let caller = try caller()
    guard let reach = caller.scope(of: capability) else {
      throw .permissionDenied(capability, gate.limit(on: capability, caller))
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

// What methods do to the store, each with the event that tells of it.
extension Authorized {
  /// Adds an account; nil if its id is taken.
  func insert(_ user: User) throws(Failure) -> StoredUser? {
    let stored = StoredUser(user)
    do throws(StoreError) {
      try gate.store.insert(stored)
    } catch .idTaken {
      return nil
    } catch {
      throw error.failure
    }
    let changes = stored.withRow { gate.changes.creation(of: $0) }
    try record(.userCreated, user, changes)
    return stored
  }

  /// Puts `new` in the place of `old`, and tells what changed. The version rises.
  func replace(
    _ old: User, with new: User, _ type: EventType, actor: UserID? = nil, isDryRun: Bool = false
  ) throws(Failure) -> StoredUser {
    var new = new
    new.version = old.version + 1
    new.updatedAt = max(try now(), old.updatedAt)
    let (before, after) = (StoredUser(old), StoredUser(new))
    if isDryRun { return after }
    try store { store throws(StoreError) in try store.replace(before, with: after) }
    let changes = before.withRow { row in
      after.withRow { gate.changes.changes(from: row, to: $0) }
    }
    let former = new.organizationID == old.organizationID ? nil : old.organizationID
    try record(type, new, changes, actor: actor, formerOrganization: former)
    return after
  }

  func record(
    _ type: EventType, _ user: User, _ changes: ChangeList = .none, actor: UserID? = nil,
    formerOrganization: String? = nil
  ) throws(Failure) {
    let now = try now()
    gate.raiseFloor(to: now)
    try store { store throws(StoreError) in
      try store.append(
        Event(
          seq: try store.latestEvent.seq + 1, type: type, at: now, actorID: actor ?? callerID,
          userID: user.id, email: user.email, organizationID: user.organizationID,
          formerOrganizationID: formerOrganization, changes: changes.text))
    }
  }

  /// Ends all tokens of these kinds but those that are `kept`.
  func removeTokens(
    of user: User, _ kinds: Set<TokenKind>, but kept: Set<UserID> = []
  ) throws(Failure) {
    try store { store throws(StoreError) in
      for token in try store.tokens(of: user.id)
      where kinds.contains(token.kind) && !kept.contains(token.id) {
        try store.remove(token)
      }
    }
  }
}

extension Text {
  @inlinable func equals(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { $0.count == bytes.count && $0.elementsEqual(bytes) }
  }
}
