internal import Users

extension Scope {
  /// The scope left by a launch for one organization, if any. A caller's own account stays in it.
  func narrowed(to organization: String?) -> Scope? {
    guard let organization else { return self }
    switch self {
    case .account: return self
    case .all: return .organization(organization)
    case .organization(let own): return own == organization ? self : nil
    }
  }
}
