internal import Users

extension Scope {
  /// The part of this scope that a launch for `organization` leaves; nil if it leaves nothing. A
  /// caller's own account stays in the scope.
  func narrowed(to organization: String?) -> Scope? {
    guard let organization else { return self }
    switch self {
    case .account: return self
    case .all: return .organization(organization)
    case .organization(let own): return own == organization ? self : nil
    }
  }
}
