internal import Contract

/// A condition on a text of an account.
public enum TextCondition: String, CaseIterable, Sendable {
  /// The normalized name or the normalized email contains the text, which is normalized itself.
  case query
  /// Compared by `IdentityKey`, as is a username.
  case email
  /// The email's domain equals the text, in the form of `EmailDomain`.
  case emailDomain
  case username
  /// The account has this role; the account is in this group.
  case role, group
  case oauthProvider, oauthID
}

extension TextCondition {
  /// Converts a text from a caller to the form that conditions need.
  public func text(of given: String) -> String {
    switch self {
    case .email, .username: IdentityKey.of(given)
    default: given
    }
  }

  func holds(for row: UserView, _ text: String) -> Bool {
    switch self {
    case .query: !text.isEmpty && row.isFound(by: text)
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

extension UserView {
  /// Whether the normalized name or the normalized email contains the text.
  fileprivate func isFound(by text: String) -> Bool {
    searchName.holds(text) || (searchEmail ?? email)?.holds(text) ?? false
  }
}
