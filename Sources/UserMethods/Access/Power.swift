internal import Contract
internal import Users

/// The permissions of an account: its scope for each capability, and whether it is an owner.
///
/// All checks compare the powers of two accounts by `lack(of:)`, whether a change gives power,
/// takes it, or gives access to it.
struct Power: Equatable, Sendable {
  /// The account that holds the power.
  let holder: UserID
  /// One entry for each capability; nil if it is not held.
  private(set) var scopes: [Scope?]
  /// Only owners may change owners.
  private(set) var isOwner: Bool

  /// The power that the roles give, whatever the status of the account, because a blocked account
  /// may be unblocked.
  init(of user: User, _ policy: Policy) {
    self.init(of: user)
    for role in user.roles { add(role, user, policy) }
  }

  /// The power that one role gives to an account.
  init(of role: String, for user: User, _ policy: Policy) {
    self.init(of: user)
    add(role, user, policy)
  }

  private init(of user: User) {
    holder = user.id
    scopes = Array(repeating: nil, count: Capability.allCases.count)
    isOwner = false
  }

  /// The widest scope of all roles counts.
  private mutating func add(_ role: String, _ user: User, _ policy: Policy) {
    if role == RoleName.owner { isOwner = true }
    for (capability, reach) in policy.grants(of: role, to: user) {
      let scope = reach.scope(for: user)
      let at = capability.index
      if scopes[at].map({ scope.covers($0) }) ?? true { scopes[at] = scope }
    }
  }

  func scope(of capability: Capability) -> Scope? { scopes[capability.index] }

  /// The power under these limits.
  func limited(to limits: Limits) -> Power {
    if limits == .none { return self }
    var left = self
    for capability in Capability.allCases {
      let scope = scopes[capability.index]
      left.scopes[capability.index] =
        limits.permits(capability) ? scope?.narrowed(to: limits.organization) : nil
    }
    return left
  }

  /// The part of this power that `other` lacks.
  func beyond(_ other: Power) -> Power {
    var rest = self
    for (at, scope) in scopes.enumerated() {
      if let scope, let held = other.scopes[at], held.covers(scope) { rest.scopes[at] = nil }
    }
    rest.isOwner = isOwner && !other.isOwner
    return rest
  }

  /// Whether it covers only the holder's own account.
  var isOwnAccountOnly: Bool {
    !isOwner
      && scopes.allSatisfy { scope in
        if case .account? = scope { true } else { scope == nil }
      }
  }

  enum Lack: Equatable {
    case capability(Capability)
    case ownership
  }

  /// The first permission of `wanted` that this power lacks. A capability over only another
  /// holder's own account is ignored, because it gives no power over others.
  func lack(of wanted: Power) -> Lack? {
    if wanted.isOwner, !isOwner { return .ownership }
    for capability in Capability.allCases {
      guard let scope = wanted.scope(of: capability) else { continue }
      if case .account(let id) = scope, id != holder { continue }
      if !(self.scope(of: capability)?.covers(scope) ?? false) { return .capability(capability) }
    }
    return nil
  }
}
