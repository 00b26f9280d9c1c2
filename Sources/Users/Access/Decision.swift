internal import Contract

/// Decides on every change of an account, whoever makes it and by whatever method. `AccountWriter`
/// asks it before it writes, and nothing else writes accounts.
///
/// Of callers it asks three questions, against what they effectively hold (roles, less token and
/// launch), for others' accounts and their own:
/// 1. Who opens or moves a way into an account holds all that the account may do after the change.
/// 2. Who takes away reaches all that is taken.
/// 3. Who gives holds what is gained.
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
      if change.before != nil || change.opens != nil { throw .internalError }
    }
  }
}

extension AccountChange {
  /// Whether it is one that an account's own secret lets its bearer make: choosing a password and a
  /// name, and signing in. That they have the secret shows that the invitation, and so the email, is
  /// theirs.
  fileprivate var isOfBearer: Bool {
    guard var allowed = before, let after, revokes == nil, opens?.capability == nil else {
      return false
    }
    allowed.name = after.name
    allowed.lastLogin = after.lastLogin
    if !after.flags.contains(.invited) { allowed.flags.remove(.invited) }
    if after.flags.contains(.emailVerified) { allowed.flags.insert(.emailVerified) }
    return allowed == after
  }
}

private struct CallerDecision {
  let change: AccountChange
  let caller: Caller
  let scope: Scope
  let policy: Policy

  private var before: User? { change.before }
  private var after: User? { change.after }

  func check() throws(Failure) {
    try checkOwners()
    if before?.id == caller.id { try checkOwnAccount() }
    if change.isDeletion, before?.flags.contains(.internal) == true { throw .internalUser }
    try checkOAuthIdentity()
    if let after, !scope.reaches(after) { throw .outsideOrganization }
    if case .account = scope { try checkProfile() }
    try checkGiving()
    try checkTaking()
    try checkOpening()
  }

  // MARK: Rules for particular accounts

  /// Only an owner changes an owner's account, or gives or takes the role.
  private func checkOwners() throws(Failure) {
    let touchesOwner = [before, after].contains { $0?.roles.contains(Policy.owner) == true }
    if touchesOwner, !caller.isOwner { throw .ownerOnly }
  }

  /// Nobody undoes themself.
  private func checkOwnAccount() throws(Failure) {
    if change.isDeletion { throw .ownAccount("delete") }
    if change.changesRoles { throw .ownAccount("change the roles of") }
    if change.changesStanding { throw .ownAccount("disable") }
  }

  private func checkOAuthIdentity() throws(Failure) {
    guard let before, let after, before.isOAuth, after.isOAuth else { return }
    if after.email != before.email || after.username != before.username { throw .managedByOAuth }
  }

  /// Whose right to update reaches themself alone changes their profile, and their email. Another
  /// email is not known to be theirs.
  private func checkProfile() throws(Failure) {
    guard var allowed = before, let after, change.opens == nil, change.revokes == nil else {
      return
    }
    allowed.name = after.name
    allowed.username = after.username
    allowed.avatarURL = after.avatarURL
    allowed.company = after.company
    allowed.jobTitle = after.jobTitle
    allowed.metadata = after.metadata
    allowed.email = after.email
    allowed.flags.set(.onboarded, after.flags.contains(.onboarded))
    if change.movesEmail { allowed.flags.remove(.emailVerified) }
    if allowed != after { throw .profileOnly }
  }

  // MARK: 3. Giving

  private func checkGiving() throws(Failure) {
    guard let after, !change.isDeletion else { return }
    if after.flags.contains(.internal), before == nil { try checkInternal() }
    // What everybody is who is created without more.
    let start = before?.roles ?? [Policy.member]
    if !change.isRestoration, after.roles != start { try checkGrants(to: after) }
    for role in Set(after.roles).subtracting(start).sorted() {
      if let lack = caller.power.lack(of: Power(of: role, for: after, policy)) {
        throw .beyondOwn(role, lack)
      }
    }
    guard let before else { return }
    try check(Power(of: after, policy).beyond(Power(of: before, policy)))
  }

  private func checkGrants(to user: User) throws(Failure) {
    guard let reach = caller.scope(of: .grant) else {
      throw .permissionDenied(.grant, caller.limit(on: .grant))
    }
    if !reach.reaches(user) { throw .outsideOrganization }
  }

  /// What can't be deleted by anybody is made by who may do everything.
  private func checkInternal() throws(Failure) {
    guard let lack = Capability.allCases.first(where: { caller.scope(of: $0) != .all }) else {
      return
    }
    throw .internalBeyondCaller(lack)
  }

  // MARK: 2. Taking

  private func checkTaking() throws(Failure) {
    guard let before else { return }
    let held = Power(of: before, policy)
    // A doubt about the email ends what was sent to it, and lets nothing be sent.
    let doubts = change.doubtsEmail && !change.movesEmail
    guard let after, !change.changesStanding, !doubts else { return try check(held) }
    try check(held.beyond(Power(of: after, policy)))
    for role in Set(before.roles).subtracting(after.roles).sorted() {
      try check(Power(of: role, for: before, policy))
    }
    if let token = change.revokes {
      try check(held.limited(to: Limits(capabilities: token.capabilities)))
    }
  }

  // MARK: 1. Opening

  private func checkOpening() throws(Failure) {
    guard let after else { return }
    if let way = change.opens {
      guard let capability = way.capability else { throw .internalError }
      guard let reach = caller.scope(of: capability) else {
        throw .permissionDenied(capability, caller.limit(on: capability))
      }
      if !reach.reaches(after) { throw .outsideOrganization }
      try check(Power(of: after, policy).limited(to: way.limits))
    }
    // The email of a new account opens nothing yet.
    if change.movesEmail || change.movesLink && !change.isDeletion || change.verifiesEmail {
      try check(Power(of: after, policy))
    }
  }

  private func check(_ power: Power) throws(Failure) {
    switch caller.power.lack(of: power) {
    case nil: return
    case .ownership: throw .ownerOnly
    case .capability(let capability): throw .beyondAccount(capability)
    }
  }
}
