internal import Contract
internal import JSON
public import Users

/// Reads and replaces the policy of a store, for who holds the store: no caller is asked. All
/// processes on the store go by it from their next request on.
public struct PolicyEditor<Store: UserStore> {
  private let store: Store

  public init(store: Store) { self.store = store }

  /// What a new policy has changed.
  public struct Outcome: Sendable {
    /// How many accounts may do something else now.
    public var accountsChanged = 0
    /// How many secrets have ended, because their accounts may do more now than who asked for them.
    public var accessEnded = 0
  }

  /// nil where only the predefined roles are known.
  public func policy() throws(StoreError) -> Policy? {
    try Policy.stored(store.policyText)
  }

  /// Puts `policy`, or none, in the place of the store's, in the group that is under way.
  public func set(_ policy: Policy?) throws(StoreError) -> Outcome {
    let known = try readable()
    if try holds(policy) { return Outcome() }
    let (old, new) = (known.policy ?? .standard, policy ?? .standard)
    // Before a store's first policy, those of older Rosters were their processes' own.
    let isFirst = try !store.hasHadPolicy
    let affected = try accounts(old, new)
    var outcome = Outcome(accountsChanged: affected.count)
    try store.setPolicyText(policy?.text)
    let clock = StoreClock(store)
    try record(old, new, affected.count, at: try clock.current())
    let writer = AccountWriter(store, clock, ChangeRecorder(), new)
    for user in affected.values {
      let (before, after) = (Power(of: user, old), Power(of: user, new))
      if after.beyond(before).isOwnAccountOnly { continue }
      outcome.accessEnded += try writer.endUnheld(
        of: user, sparesUnknown: isFirst)
    }
    return outcome
  }

  /// Whether the store's is this one, to the letter.
  public func holds(_ policy: Policy?) throws(StoreError) -> Bool {
    let known = try readable()
    return known.isSound && known.policy?.text == policy?.text
  }

  /// The policy, if it can be read: one that was damaged can be replaced.
  private func readable() throws(StoreError) -> (policy: Policy?, isSound: Bool) {
    do {
      return (try policy(), true)
    } catch .corrupt {
      return (nil, false)
    }
  }

  /// A policy that a process is started with.
  public enum Adoption: Sendable {
    /// The store's has the same content.
    case same
    /// The store had none, and keeps this one.
    case kept(Outcome)
    /// The store has another one, which stays.
    case other
    /// The store has none, and may not be written to.
    case refused
  }

  /// Compares `policy` with the store's, and lets a store keep it that has none.
  public func adopt(_ policy: Policy, isReadOnly: Bool) throws(StoreError) -> Adoption {
    do throws(StoreError) {
      try store.beginRead()
      let known = try self.policy()
      try store.end()
      if let known { return known == policy ? .same : .other }
      if isReadOnly { return .refused }
      try store.beginWrite()
      // Another process may have been quicker.
      if let known = try self.policy() {
        try store.end()
        return known == policy ? .same : .other
      }
      let outcome = try set(policy)
      try store.end()
      return .kept(outcome)
    } catch {
      store.abandon()
      throw error
    }
  }

  /// The accounts that may do something else by `new` than by `old`.
  private func accounts(_ old: Policy, _ new: Policy) throws(StoreError) -> [UserID: User] {
    var affected: [UserID: User] = [:]
    for role in new.rolesDiffering(from: old) {
      var holders = Filter(scope: .all)
      holders.require(.text(.role, role))
      _ = try store.page(PageQuery(filter: holders, limit: Int(Int32.max))) { row in
        let user = User(row)
        if Power(of: user, old) != Power(of: user, new) { affected[user.id] = user }
      }
    }
    return affected
  }

  /// Tells the roles that differ, as they were and as they are, and how many accounts that concerns.
  private func record(
    _ old: Policy, _ new: Policy, _ count: Int, at now: Timestamp
  ) throws(StoreError) {
    let roles = new.rolesDiffering(from: old)
    var changes = ByteBuffer()
    changes.append("{\"policy\":{\"before\":")
    old.write(roles, into: &changes)
    changes.append(",\"after\":")
    new.write(roles, into: &changes)
    changes.append("},\"accounts_changed\":{\"before\":null,\"after\":")
    changes.write(count)
    changes.append("}}")
    try store.append(
      Event(
        seq: try store.latestEvent.next, type: .policyChanged, at: now, actorID: nil,
        userID: nil, email: nil, organizationID: nil, changes: changes.string))
  }
}
