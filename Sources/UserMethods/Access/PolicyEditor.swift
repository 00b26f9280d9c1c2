internal import Contract
internal import JSON
public import Users

/// Reads and replaces the policy of a store, for its operator. It checks no caller. All processes
/// on the store apply it from their next request on.
public struct PolicyEditor<Store: UserStore> {
  private let store: Store

  public init(store: Store) { self.store = store }

  /// The effects of a new policy.
  public struct Outcome: Sendable {
    /// The number of accounts whose permissions changed.
    public var accountsChanged = 0
    /// How many secrets ended because their accounts gained power that the requesters lack.
    public var accessEnded = 0
  }

  /// nil if only the predefined roles exist.
  public func policy() throws(StoreError) -> Policy? {
    try Policy.stored(store.policyText)
  }

  /// Replaces the store's policy with `policy` in the current transaction; nil removes it.
  public func set(_ policy: Policy?) throws(StoreError) -> Outcome {
    let known = try readable()
    if try holds(policy) { return Outcome() }
    let (old, new) = (known.policy ?? .standard, policy ?? .standard)
    // In older versions, each process had its own policy.
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

  /// Whether the store's policy has exactly this text.
  public func holds(_ policy: Policy?) throws(StoreError) -> Bool {
    let known = try readable()
    return known.isSound && known.policy?.text == policy?.text
  }

  /// The policy, and whether it can be read. A corrupt one can be replaced.
  private func readable() throws(StoreError) -> (policy: Policy?, isSound: Bool) {
    do {
      return (try policy(), true)
    } catch .corrupt {
      return (nil, false)
    }
  }

  /// The result of comparing a launch policy with the store's.
  public enum Adoption: Sendable {
    /// The store's policy grants the same.
    case same
    /// The store had no policy, and now stores this one.
    case kept(Outcome)
    /// The store has another policy, which stays.
    case other
    /// The store has no policy and is read-only.
    case refused
  }

  /// Compares `policy` with the store's; stores it if the store has none.
  public func adopt(_ policy: Policy, isReadOnly: Bool) throws(StoreError) -> Adoption {
    do throws(StoreError) {
      try store.beginSteadyRead()
      let known = try self.policy()
      try store.commit()
      if let known { return known == policy ? .same : .other }
      if isReadOnly { return .refused }
      try store.beginWrite()
      // Another process may have set one since.
      if let known = try self.policy() {
        try store.commit()
        return known == policy ? .same : .other
      }
      let outcome = try set(policy)
      try store.commit()
      return .kept(outcome)
    } catch {
      store.rollback()
      throw error
    }
  }

  /// The accounts whose permissions differ between the two policies.
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

  /// Records an event with the changed roles, before and after, and the number of accounts.
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
        userID: nil, email: nil, organizationID: nil,
        changes: .list(ChangeList(text: changes.string))))
  }
}
