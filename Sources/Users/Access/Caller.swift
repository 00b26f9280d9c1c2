public import Contract

/// Who the process acts for; fixed at launch.
public enum Identity: Sendable {
  /// No credential: only open methods answer.
  case anonymous
  case user(UserID)
}

/// The calling account as it stands in the present transaction, and how far it reaches.
public final class Caller: Sendable {
  public let id: UserID
  public let organizationID: String?
  public let isOwner: Bool
  private let scopes: [Scope?]

  init(_ user: User, _ limits: LaunchLimits) {
    id = user.id
    organizationID = user.organizationID
    isOwner = user.flags.contains(.owner)
    scopes = Capability.allCases.map { capability in
      guard limits.permits(capability) else { return nil }
      return Policy.scope(of: capability, for: user.roles, organization: user.organizationID)?
        .narrowed(to: limits.organization)
    }
  }

  /// How far the caller's `capability` reaches; nil if they don't hold it.
  public func scope(of capability: Capability) -> Scope? { scopes[capability.index] }
}
