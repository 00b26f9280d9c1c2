public import Contract
public import Users

/// The calling account in the current transaction, and its permissions: those of its roles, limited
/// by its token and the launch.
public final class Caller: Sendable {
  public let id: UserID
  public let organizationID: String?
  /// When the calling token expires; nil without a token.
  var expiresAt: Timestamp? { token?.expiresAt }
  let power: Power
  private let launch: Limits
  /// The limits of launch and token together.
  private let limits: Limits
  /// The calling token; nil without one.
  private let token: Token?

  init(_ user: User, _ policy: Policy, _ launch: LaunchLimits, _ token: Token?) {
    id = user.id
    organizationID = user.organizationID
    self.launch = launch.limits
    self.token = token
    limits = self.launch.intersection(Limits(capabilities: token?.capabilities))
    power = Power(of: user, policy).limited(to: limits)
  }

  /// The accounts that request what this caller requests: the caller and, if they use an API token,
  /// the accounts that requested it.
  var askers: Askers {
    let caller = Asker(id, limits)
    guard let token, token.kind == .api else { return Askers([caller]) }
    return token.askers == .unknown ? .powerless(id) : token.askers.adding(caller)
  }

  var isOwner: Bool { power.isOwner }

  /// The calling session; nil for a caller with an API token or without a token.
  var session: Token? { token?.kind == .session ? token : nil }

  /// The caller's scope for `capability`; nil if they don't hold it.
  public func scope(of capability: Capability) -> Scope? { power.scope(of: capability) }

  /// The reason why the caller lacks `capability`.
  func limit(on capability: Capability) -> CapabilityLimit {
    if !launch.permits(capability) || launch.organization != nil { return .launch }
    return token?.permits(capability) ?? true ? .roles : .token
  }
}
