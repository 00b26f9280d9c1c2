public import Contract
public import Users

/// The calling account as it stands in the present transaction, and what it may do: what its roles
/// give, less what its token and the launch take away.
public final class Caller: Sendable {
  public let id: UserID
  public let organizationID: String?
  /// When the token ends that the caller came with.
  var expiresAt: Timestamp? { token?.expiresAt }
  let power: Power
  private let launch: Limits
  /// What launch and token leave together.
  private let limits: Limits
  /// The token that they came with.
  private let token: Token?

  init(_ user: User, _ policy: Policy, _ launch: LaunchLimits, _ token: Token?) {
    id = user.id
    organizationID = user.organizationID
    self.launch = launch.limits
    self.token = token
    limits = self.launch.intersection(Limits(capabilities: token?.capabilities))
    power = Power(of: user, policy).limited(to: limits)
  }

  /// Who stands behind what this caller asks for: whoever has an API token from others acts on their
  /// behalf, too.
  var askers: Askers {
    let caller = Asker(id, limits)
    guard let token, token.kind == .api else { return Askers([caller]) }
    return token.askers == .unknown ? .powerless(id) : token.askers.adding(caller)
  }

  var isOwner: Bool { power.isOwner }

  /// The session that they came with; nil for who came with an API token, or with none.
  var session: Token? { token?.kind == .session ? token : nil }

  /// How far the caller's `capability` reaches; nil if they don't hold it.
  public func scope(of capability: Capability) -> Scope? { power.scope(of: capability) }

  /// What takes a capability away that the roles may give.
  func limit(on capability: Capability) -> CapabilityLimit {
    if !launch.permits(capability) || launch.organization != nil { return .launch }
    return token?.permits(capability) ?? true ? .roles : .token
  }
}
