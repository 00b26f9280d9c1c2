/// A part of all accounts: what lists, counts and the feed are confined to.
public enum Scope: Equatable, Sendable {
  /// One account.
  case account(UserID)
  case organization(String)
  case all

  /// Whether it reaches all that `other` does. An organization's takes in a single account: whose
  /// scope it is belongs to it.
  public func covers(_ other: Scope) -> Bool {
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

  public func reaches(_ user: User) -> Bool {
    switch self {
    case .all: true
    case .account(let own): user.id == own
    case .organization(let name): user.organizationID == name
    }
  }
}

extension Text {
  @inlinable public func equals(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { $0.count == bytes.count && $0.elementsEqual(bytes) }
  }
}
