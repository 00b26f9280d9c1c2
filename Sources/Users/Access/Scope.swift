/// Which accounts a capability reaches.
public enum Scope: Equatable, Sendable {
  /// One account: the caller's own.
  case account(UserID)
  case organization(String)
  case all

  /// What is left of it under a launch for one organization. One's own account stays one's own.
  func narrowed(to organization: String?) -> Scope? {
    guard let organization else { return self }
    switch self {
    case .account: return self
    case .all: return .organization(organization)
    case .organization(let own): return own == organization ? self : nil
    }
  }

  /// Whether it reaches all that `other` does. An organization's takes in the account that it is
  /// held by.
  func covers(_ other: Scope) -> Bool {
    switch (self, other) {
    case (.all, _), (.organization, .account): true
    case (.account(let mine), .account(let theirs)): mine == theirs
    case (.organization(let mine), .organization(let theirs)): mine == theirs
    default: false
    }
  }

  /// Whether it reaches an account, of which no more has to be known than this.
  @inline(__always)
  public func reaches(_ id: UserID, organization: Text?) -> Bool {
    switch self {
    case .all: return true
    case .account(let own): return id == own
    case .organization(let name): return organization?.equals(name) ?? false
    }
  }

  func reaches(_ user: User) -> Bool {
    switch self {
    case .all: true
    case .account(let own): user.id == own
    case .organization(let name): user.organizationID == name
    }
  }
}

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

extension Text {
  @inlinable func equals(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { $0.count == bytes.count && $0.elementsEqual(bytes) }
  }
}
