public import Contract

/// Who the process acts for; fixed at launch.
public enum Identity: Sendable {
  /// No credential: only open methods answer.
  case anonymous
  case user(UserID)
  /// Whoever the token with this digest belongs to.
  case token([UInt8])
}

/// The calling account as it stands in the present transaction, and how far it reaches.
public final class Caller: Sendable {
  public let id: UserID
  public let organizationID: String?
  public let isOwner: Bool
  /// When the token ends that the caller came with.
  let expiresAt: Timestamp?
  private let scopes: [Scope?]
  /// What the roles give, whatever the launch and the token take away.
  private let roleScopes: [Scope?]
  /// Whether the token takes away what the roles would give.
  private let narrowed: Set<Capability>?

  init(_ user: User, _ policy: Policy, _ limits: LaunchLimits, _ token: Token?) {
    id = user.id
    organizationID = user.organizationID
    isOwner = user.flags.contains(.owner)
    expiresAt = token?.expiresAt
    narrowed = token?.capabilities
    roleScopes = Capability.allCases.map { policy.scope(of: $0, for: user) }
    scopes = zip(Capability.allCases, roleScopes).map { capability, scope in
      guard limits.permits(capability), token?.permits(capability) ?? true else { return nil }
      return scope?.narrowed(to: limits.organization)
    }
  }

  /// How far the caller's `capability` reaches; nil if they don't hold it.
  public func scope(of capability: Capability) -> Scope? { scopes[capability.index] }

  func roleScope(of capability: Capability) -> Scope? { roleScopes[capability.index] }

  func isNarrowed(from capability: Capability) -> Bool {
    narrowed.map { !$0.contains(capability) } ?? false
  }
}
