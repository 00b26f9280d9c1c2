public import Contract

/// Who the process acts for; fixed at launch.
public enum Identity: Sendable {
  /// No credential: only open methods answer.
  case anonymous
  case user(UserID)
  /// Whoever the token with this digest belongs to.
  case token([UInt8])
}

/// The calling account as it stands in the present transaction, and what it may do: what its roles
/// give, less what its token and the launch take away.
public final class Caller: Sendable {
  public let id: UserID
  public let organizationID: String?
  /// Who stands behind what this caller asks for.
  let askers: Askers
  /// When the token ends that the caller came with.
  let expiresAt: Timestamp?
  let power: Power
  private let launch: Limits
  private let token: Limits

  init(_ user: User, _ policy: Policy, _ launch: LaunchLimits, _ token: Token?) {
    id = user.id
    organizationID = user.organizationID
    expiresAt = token?.expiresAt
    self.launch = launch.limits
    self.token = Limits(capabilities: token?.capabilities)
    let limits = self.launch.intersection(self.token)
    power = Power(of: user, policy).limited(to: limits)
    askers = Self.askers(behind: token, Asker(user.id, limits))
  }

  /// Whoever has an API token from others acts on their behalf, too.
  private static func askers(behind token: Token?, _ caller: Asker) -> Askers {
    guard let token, token.kind == .api else { return Askers([caller]) }
    return token.askers == .unknown ? .unknown : token.askers.adding(caller)
  }

  var isOwner: Bool { power.isOwner }

  /// How far the caller's `capability` reaches; nil if they don't hold it.
  public func scope(of capability: Capability) -> Scope? { power.scope(of: capability) }

  /// What takes a capability away that the roles may give.
  func limit(on capability: Capability) -> CapabilityLimit {
    if !launch.permits(capability) || launch.organization != nil { return .launch }
    return token.permits(capability) ? .roles : .token
  }
}
