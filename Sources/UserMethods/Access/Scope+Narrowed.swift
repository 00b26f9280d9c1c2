internal import Users

extension Scope {
  /// What is left of it under a launch for one organization. One's own account stays one's own.
  func narrowed(to organization: String?) -> Scope? {
    guard let organization else { return self }
    switch self {
    case .account: return self
    case .all: return .organization(organization)
    case .organization(let own): return own == organization ? self : nil
    }
  }
}
