internal import Contract

/// Something that has to hold for an account to be listed or counted. Who evaluates conditions does so by
/// an exhaustive switch, so that a new one is missed nowhere.
public enum Condition: Equatable, Sendable {
  case text(TextCondition, String)
  case flag(UserFlags, Bool)
  case ids([UserID])
  case time(TimeCondition, TimeRange)
}

/// What is asked of a text of an account.
public enum TextCondition: String, Sendable {
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

/// Which time of an account is meant.
public enum TimeCondition: String, Sendable {
  case created, updated, lastLogin
}

/// After and before, both exclusive.
public struct TimeRange: Equatable, Sendable {
  public var after: Timestamp?
  public var before: Timestamp?

  public init(after: Timestamp? = nil, before: Timestamp? = nil) {
    self.after = after
    self.before = before
  }

  func contains(_ time: Timestamp) -> Bool {
    (after.map { time > $0 } ?? true) && (before.map { time < $0 } ?? true)
  }
}

extension Condition {
  /// Whether it holds for an account, for stores that look at row after row.
  func holds(for row: UserRow) -> Bool {
    switch self {
    case .text(let condition, let text): condition.holds(for: row, text)
    case .flag(let flag, let isOn): row.flags.contains(flag) == isOn
    case .ids(let ids): ids.contains(row.id)
    case .time(let condition, let range): condition.time(of: row).map(range.contains) ?? false
    }
  }

  /// Whether flags alone decide it.
  var isAboutFlags: Bool {
    if case .flag = self { true } else { false }
  }

  /// All of it in texts; those of different conditions differ.
  var fingerprint: [String] {
    switch self {
    case .text(let condition, let text): [condition.rawValue, text]
    case .flag(let flag, let isOn): ["flag", "\(flag.rawValue) \(isOn)"]
    case .ids(let ids): ["ids", ids.map(\.text).joined(separator: ",")]
    case .time(let condition, let range):
      [
        condition.rawValue,
        "\(range.after?.milliseconds ?? -1),\(range.before?.milliseconds ?? -1)",
      ]
    }
  }
}

extension TextCondition {
  fileprivate func holds(for row: UserRow, _ text: String) -> Bool {
    switch self {
    case .query: row.search.holds(text)
    case .email: row.email?.equals(text) ?? false
    case .emailDomain: row.email?.string.ends(with: "@" + text) ?? false
    case .username: (row.username ?? row.email)?.string ?? row.id.text == text
    case .role: row.roles.strings.contains(text)
    case .group: row.autoGroups.strings.contains(text)
    case .oauthProvider: row.oauthProvider?.equals(text) ?? false
    case .oauthID: row.oauthID?.equals(text) ?? false
    }
  }
}

extension TimeCondition {
  fileprivate func time(of row: UserRow) -> Timestamp? {
    switch self {
    case .created: row.id.createdAt
    case .updated: row.updatedAt
    case .lastLogin: row.lastLogin
    }
  }
}
