internal import Contract

/// What is asked of a text of an account.
public enum TextCondition: String, CaseIterable, Sendable {
  /// The folded name and email hold it; it is folded itself.
  case query
  /// By its `IdentityKey`, as a username.
  case email
  /// The email's domain is this, as `EmailDomain` has it.
  case emailDomain
  case username
  /// One of the roles, and one of the groups.
  case role, group
  case oauthProvider, oauthID
}

extension TextCondition {
  /// The text that somebody has given, as conditions are to have it.
  public func text(of given: String) -> String {
    switch self {
    case .email, .username: IdentityKey.of(given)
    default: given
    }
  }

  func holds(for row: UserRow, _ text: String) -> Bool {
    switch self {
    case .query: !text.isEmpty && row.search.holds(text)
    case .email: row.email.map { IdentityKey.is(text, of: $0) } ?? false
    case .emailDomain: row.email.map { IdentityKey.of($0).ends(with: "@" + text) } ?? false
    case .username:
      row.shownUsername.map { IdentityKey.is(text, of: $0) } ?? (row.id.text == text)
    case .role: row.roles.strings.contains(text)
    case .group: row.autoGroups.strings.contains(text)
    case .oauthProvider: row.oauthProvider?.equals(text) ?? false
    case .oauthID: row.oauthID?.equals(text) ?? false
    }
  }
}
