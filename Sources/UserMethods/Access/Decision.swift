internal import Contract
internal import Users

/// Authorizes every change of an account, for all actors and methods. `AccountWriter`, the only
/// writer of accounts, calls it before it writes.
///
/// Three rules apply to callers, for their own and other accounts. "Hold" means the caller's
/// effective power: that of the roles, limited by token and launch.
/// 1. A caller who creates a credential, changes the email or OAuth link, or verifies the email
///    must hold all the power that this gives access to.
/// 2. A caller who takes power away must hold all of it.
/// 3. A caller who gives power must hold all of it.
enum Decision {
  static func check(
    _ change: AccountChange, by actor: Actor, _ policy: Policy
  ) throws(Failure) {
    switch actor {
    case .caller(let caller, let scope):
      try CallerDecision(change: change, caller: caller, scope: scope, policy: policy).check()
    case .bearer:
      if !change.isOfBearer { throw .internalError }
    case .importer:
      if !change.isOfImporter { throw .internalError }
    }
  }
}

extension AccountChange {
  /// Whether an import may make this change: it creates an account, perhaps with an invitation, or
  /// changes one without deleting it permanently.
  fileprivate var isOfImporter: Bool {
    if case .some = revokes { return false }
    // Tests `touches`, because access to `before` or `after` copies the account.
    let isNew = touches.contains(.creation)
    switch opens {
    case .invitation?, .temporaryPassword?: return isNew
    case nil: return isNew || !touches.contains(.deletion) || after != nil
    default: return false
    }
  }

  /// Whether the bearer of the account's own secret may make this change: choose a password and a
  /// name, and sign in. The secret proves that they received the invitation, so the email is
  /// theirs.
  fileprivate var isOfBearer: Bool {
    guard var allowed = before, let after, revokes == nil, opens?.capability == nil else {
      return false
    }
    allowed.name = after.name
    allowed.lastLogin = after.lastLogin
    if !after.flags.contains(.invited) { allowed.flags.remove(.invited) }
    if after.flags.contains(.emailVerified) { allowed.flags.insert(.emailVerified) }
    return allowed.isSame(as: after)
  }
}

private struct CallerDecision {
  let change: AccountChange
  let caller: Caller
  let scope: Scope
  let policy: Policy

  private var touches: Touched { change.touches }

  func check() throws(Failure) {
    if let isReached = change.before.map(scope.reaches), !isReached { throw .userNotFound }
    try checkOwners()
    if change.before?.id == caller.id { try checkOwnAccount() }
    if touches.contains(.deletion), change.before?.flags.contains(.internal) == true {
      throw .internalUser
    }
    if !touches.isDisjoint(with: [.email, .username]) { try checkOAuthIdentity() }
    if !touches.isDisjoint(with: [.creation, .organization]), !reachesResult {
      throw .outsideOrganization
    }
    if case .account = scope, touches.contains(.anything) { try checkProfile() }
    if !touches.isDisjoint(with: [.creation, .power]) { try checkGiving() }
    try checkTaking()
    try checkOpening()
  }

  /// Whether the changed account is still within the scope.
  private var reachesResult: Bool {
    switch scope {
    case .all: true
    case .account(let id): change.after?.id == id
    case .organization(let name): change.after?.organizationID == name
    }
  }

  // MARK: Rules for particular accounts

  /// Only an owner may change an owner's account, or give or take the role.
  private func checkOwners() throws(Failure) {
    if caller.isOwner { return }
    let isOwners = change.before?.roles.contains(RoleName.owner) ?? false
    if isOwners || change.after?.roles.contains(RoleName.owner) ?? false { throw .ownerOnly }
  }

  /// No caller may delete or disable themself, or change their own roles.
  private func checkOwnAccount() throws(Failure) {
    if touches.contains(.deletion) { throw .ownAccount("delete") }
    if touches.contains(.roles) { throw .ownAccount("change the roles of") }
    if touches.contains(.standing) { throw .ownAccount("disable") }
  }

  private func checkOAuthIdentity() throws(Failure) {
    if change.before?.isOAuth == true, change.after?.isOAuth == true { throw .managedByOAuth }
  }

  /// A caller whose `users.update` covers only their own account may change only their profile and
  /// email. A new email is unverified.
  private func checkProfile() throws(Failure) {
    guard var allowed = change.before, let after = change.after, change.opens == nil else { return }
    allowed.name = after.name
    allowed.username = after.username
    allowed.avatarURL = after.avatarURL
    allowed.company = after.company
    allowed.jobTitle = after.jobTitle
    allowed.metadata = after.metadata
    allowed.email = after.email
    allowed.flags.set(.onboarded, after.flags.contains(.onboarded))
    if touches.contains(.email) { allowed.flags.remove(.emailVerified) }
    if !allowed.isSame(as: after) { throw .profileOnly }
  }

  // MARK: 3. Giving

  /// The roles of a new account by default. Giving these needs only the capability to create.
  private static let newcomer = [RoleName.member]

  private func checkGiving() throws(Failure) {
    if touches.contains(.deletion) { return }
    if touches.contains(.creation) {
      if change.after?.flags.contains(.internal) == true { try checkInternal() }
      if change.after?.roles == Self.newcomer { return }
    }
    guard let after = change.after else { return }
    let start = change.before?.roles ?? []
    let grants = touches.contains(.creation) || touches.contains(.roles)
    if grants, !touches.contains(.restoration) { try checkGrants(to: after) }
    for role in after.roles where !start.contains(role) {
      if let lack = caller.power.lack(of: Power(of: role, for: after, policy)) {
        throw .beyondOwn(role, lack)
      }
    }
    guard let before = change.before else { return }
    try check(Power(of: after, policy).beyond(Power(of: before, policy)))
  }

  private func checkGrants(to user: User) throws(Failure) {
    guard let reach = caller.scope(of: .grant) else {
      throw .permissionDenied(.grant, caller.limit(on: .grant))
    }
    if !reach.reaches(user) { throw .outsideOrganization }
  }

  /// An internal account can't be deleted, so creating one requires all capabilities over all
  /// accounts.
  private func checkInternal() throws(Failure) {
    guard let lack = Capability.allCases.first(where: { caller.scope(of: $0) != .all }) else {
      return
    }
    throw .internalBeyondCaller(lack)
  }

  // MARK: 2. Taking

  private func checkTaking() throws(Failure) {
    // Signing out takes nothing from others, so launch limits don't matter.
    if change.isSignOut { return try checkSignOut() }
    // Unverifying an email ends the resets sent to it, and prevents further ones.
    let isDoubt = touches.contains(.doubt) && !touches.contains(.email)
    let takesAll = isDoubt || touches.contains(.standing)
    guard takesAll || touches.contains(.power) || change.revokes != nil, let before = change.before
    else { return }
    let held = Power(of: before, policy)
    if takesAll { return try check(held) }
    if let token = change.revokes {
      try check(held.limited(to: Limits(capabilities: token.capabilities)))
    }
    guard touches.contains(.power), let after = change.after else { return }
    try check(held.beyond(Power(of: after, policy)))
    for role in before.roles where !after.roles.contains(role) {
      try check(Power(of: role, for: before, policy))
    }
  }

  private func checkSignOut() throws(Failure) {
    guard let session = caller.session, session.id == change.revokes?.id,
      !touches.contains(.anything), change.opens == nil
    else { throw .internalError }
  }

  // MARK: 1. Opening

  private func checkOpening() throws(Failure) {
    let moves = !touches.isDisjoint(with: [.email, .link, .verification])
    let opens = moves && !touches.contains(.deletion)
    guard opens || change.opens != nil, let after = change.after else { return }
    let power = Power(of: after, policy)
    if let way = change.opens {
      guard let capability = way.capability else { throw .internalError }
      guard let reach = caller.scope(of: capability) else {
        throw .permissionDenied(capability, caller.limit(on: capability))
      }
      if !reach.reaches(after) { throw .outsideOrganization }
      try check(power.limited(to: way.limits))
    }
    if opens { try check(power) }
  }

  private func check(_ power: Power) throws(Failure) {
    switch caller.power.lack(of: power) {
    case nil: return
    case .ownership: throw .ownerOnly
    case .capability(let capability): throw .beyondAccount(capability)
    }
  }
}
