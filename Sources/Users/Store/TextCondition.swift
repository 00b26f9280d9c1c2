internal import Contract

/// What is asked of a text of an account.
public enum TextCondition: String, CaseIterable, Sendable {
  /// The folded name and email hold it; it is folded itself.
  case query
  case email
  /// The email ends with an @ and this.
  case emailDomain
  case username
  /// One of the roles, and one of the groups.
  case role, group
  case oauthProvider, oauthID
}

extension TextCondition {
  func holds(for row: UserRow, _ text: String) -> Bool {
    switch self {
    case .query: row.search.holds(text)
    case .email: row.email?.equals(text) ?? false
    case .emailDomain: row.email?.string.ends(with: "@" + text) ?? false
    case .username: row.shownUsername?.string ?? row.id.text == text
    case .role: row.roles.strings.contains(text)
    case .group: row.autoGroups.strings.contains(text)
    case .oauthProvider: row.oauthProvider?.equals(text) ?? false
    case .oauthID: row.oauthID?.equals(text) ?? false
    }
  }
}
