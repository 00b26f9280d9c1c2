internal import Contract

/// What must hold for an account, and for a change of it, whoever asks.
enum AccountRules {
  /// Checks `user` by itself; lists all problems.
  static func check(_ user: User, _ policy: Policy) throws(Failure) {
    var problems: [Failure.Problem] = []
    let isService = user.flags.contains(.serviceAccount)
    if user.email == nil, !isService {
      problems.append(.init("/email", "is required, except for service accounts"))
    }
    if user.organizationID == nil, policy.needsOrganization(user) {
      problems.append(.init("/org_id", "is required for accounts that are not owners or admins"))
    }
    if (user.oauthProvider == nil) != (user.oauthID == nil) {
      let missing = user.oauthID == nil ? "/oauth_id" : "/oauth_provider"
      problems.append(.init(missing, "is required: oauth_provider and oauth_id go together"))
    }
    if user.isOAuth, user.email == nil {
      problems.append(.init("/email", "is required for an account that signs in elsewhere"))
    }
    if user.isOAuth, user.username != user.email {
      problems.append(
        .init("/username", "must be the email for an account that signs in elsewhere"))
    }
    if user.username != user.defaultUsername, !Username.fitsChosenPattern(user.username) {
      problems.append(.init("/username", "must match \(Username.chosenPattern), or be the email"))
    }
    if !problems.isEmpty { throw .invalidParams(problems) }
  }

  /// Checks what the caller may do to `old`, whatever the change.
  static func checkTouch<Store>(
    _ old: User, _ grant: Authorized<Store>
  ) throws(Failure) {
    if old.flags.contains(.owner), try !grant.caller().isOwner { throw .ownerOnly }
  }

  /// Checks the change from `old` to `new`: nobody's own undoing, and nothing beyond the caller.
  static func checkChange<Store>(
    _ old: User, _ new: User, _ grant: Authorized<Store>
  ) throws(Failure) {
    let isOwn = try old.id == grant.caller().id
    if isOwn, new.roles != old.roles { throw .ownAccount("change the roles of") }
    if isOwn, new.flags.status != old.flags.status { throw .ownAccount("disable") }
    if old.isOAuth, new.isOAuth, new.email != old.email || new.username != old.username {
      throw .managedByOAuth
    }
    if !grant.admits(new) { throw .outsideOrganization }
    if !isOwn, old.flags.status != new.flags.status { try checkRank(of: old, grant) }
    if !isOwn, isTakeover(old, new) { try checkReach(of: old, asLaunched: false, grant) }
    try checkGrant(from: old.roles, to: new, grant)
    try checkGain(from: old, to: new, grant)
    if isActiveOwner(old), !isActiveOwner(new) { try checkOwnerRemains(grant) }
  }

  /// Checks that the caller may give and take these roles, and holds all that they give.
  static func checkGrant<Store>(
    from old: [String], to new: User, _ grant: Authorized<Store>
  ) throws(Failure) {
    if old == new.roles { return }
    try grant.require(.grant, reaching: new)
    let isOwner = try grant.caller().isOwner
    if old.contains(Policy.owner) != new.roles.contains(Policy.owner), !isOwner {
      throw .ownerOnly
    }
    for role in Set(new.roles).subtracting(old).sorted() {
      for capability in Capability.allCases {
        let given = grant.gate.policy.scope(of: capability, for: role, new)
        guard let given else { continue }
        if try !(grant.caller().scope(of: capability)?.covers(given) ?? false) {
          throw .beyondOwn(role, capability)
        }
      }
    }
  }

  /// Checks that what the account may do after the change and not before is something that the
  /// caller's own roles give: moving to another organization widens what one's roles reach.
  private static func checkGain<Store>(
    from old: User, to new: User, _ grant: Authorized<Store>
  ) throws(Failure) {
    let policy = grant.gate.policy
    for capability in Capability.allCases {
      guard let given = policy.scope(of: capability, for: new) else { continue }
      if policy.scope(of: capability, for: old)?.covers(given) ?? false { continue }
      if try !(grant.caller().roleScope(of: capability)?.covers(given) ?? false) {
        throw .beyondAccount(capability)
      }
    }
  }

  /// Checks that the caller holds all that the account does, of these capabilities: who is handed a
  /// way into an account can do what it can.
  static func checkReach<Store>(
    of user: User, within capabilities: Set<Capability>? = nil, asLaunched: Bool = true,
    _ grant: Authorized<Store>
  ) throws(Failure) {
    let caller = try grant.caller()
    for capability in Capability.allCases where capabilities?.contains(capability) ?? true {
      guard let given = grant.gate.policy.scope(of: capability, for: user) else { continue }
      let held = asLaunched ? caller.scope(of: capability) : caller.roleScope(of: capability)
      if !(held?.covers(given) ?? false) { throw .beyondAccount(capability) }
    }
  }

  /// The same for who has a secret sent. By mail they don't get to see it, so that what the launch and
  /// the token take away from them does not matter.
  static func checkHandout<Store>(
    of user: User, _ grant: Authorized<Store>
  ) throws(Failure) {
    try checkReach(of: user, asLaunched: !grant.gate.isMailing, grant)
  }

  /// Checks that the caller's roles reach as far as the account's do, what reaches the account itself
  /// aside: to delete, disable or block somebody takes their roles away.
  static func checkRank<Store>(of user: User, _ grant: Authorized<Store>) throws(Failure) {
    let caller = try grant.caller()
    for capability in Capability.allCases {
      let given = grant.gate.policy.scope(of: capability, for: user)
      guard let given, given != .own else { continue }
      if !(caller.roleScope(of: capability)?.covers(given) ?? false) {
        throw .beyondAccount(capability)
      }
    }
  }

  /// Whether somebody else may get into the account after the change.
  private static func isTakeover(_ old: User, _ new: User) -> Bool {
    old.email != new.email
      || old.oauthProvider != new.oauthProvider || old.oauthID != new.oauthID
      || (!old.flags.contains(.emailVerified) && new.flags.contains(.emailVerified))
  }

  static func isActiveOwner(_ user: User) -> Bool {
    user.flags.contains(.owner) && user.flags.status == .active
  }

  /// Checks that the store has another active owner than the one about to go.
  static func checkOwnerRemains<Store>(_ grant: Authorized<Store>) throws(Failure) {
    var owners = Filter(scope: .all)
    owners.require(.owner, true)
    owners.statuses = [.active]
    let count = try grant.store { store throws(StoreError) in try store.count(owners) }
    if count <= 1 { throw .lastOwner }
  }

  /// Refuses what another account has already.
  static func checkConflict<Store>(_ user: User, _ grant: Authorized<Store>) throws(Failure) {
    let conflict = try grant.store { store throws(StoreError) in try store.conflict(of: user) }
    if let conflict { throw conflict.failure }
  }
}
