internal import Users

/// How far a role's capability reaches, whoever holds the role.
public enum Reach: String, CaseIterable, Sendable {
  case own = "self"
  case organization, all

  /// Without an organization there is nobody else to see.
  func scope(for user: User) -> Scope {
    switch self {
    case .own: .account(user.id)
    case .organization: user.organizationID.map { .organization($0) } ?? .account(user.id)
    case .all: .all
    }
  }
}
