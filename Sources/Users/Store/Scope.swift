/// A set of accounts that lists, counts and the feed are limited to.
public enum Scope: Equatable, Sendable {
  /// One account.
  case account(UserID)
  case organization(String)
  case all

  /// Whether it contains all accounts of `other`. An organization's scope covers that of a single
  /// account, because that account belongs to the organization wherever two scopes are compared.
  public func covers(_ other: Scope) -> Bool {
    switch (self, other) {
    case (.all, _), (.organization, .account): true
    case (.account(let mine), .account(let theirs)): mine == theirs
    case (.organization(let mine), .organization(let theirs)): mine == theirs
    default: false
    }
  }

  /// Whether it contains an account, given only the id and the organization.
  @inline(__always)
  public func reaches(_ id: UserID, organization: BorrowedText?) -> Bool {
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

extension BorrowedText {
  @inlinable public func equals(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { $0.count == bytes.count && $0.elementsEqual(bytes) }
  }
}
