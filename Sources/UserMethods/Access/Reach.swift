internal import Users

/// The scope of a capability in a role, before it is applied to an account.
public enum Reach: String, CaseIterable, Sendable {
  case own = "self"
  case organization, all

  /// An account without an organization reaches only itself.
  func scope(for user: User) -> Scope {
    switch self {
    case .own: .account(user.id)
    case .organization: user.organizationID.map { .organization($0) } ?? .account(user.id)
    case .all: .all
    }
  }
}
