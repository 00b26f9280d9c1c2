internal import Contract
internal import JSON

/// Selects the accounts to list or count: those that fulfil the scope, the statuses and all
/// conditions.
public struct Filter: Sendable {
  public var scope: Scope
  /// nil for every status except deleted: deleted accounts are only included on request.
  public var statuses: Set<UserStatus>?
  public private(set) var conditions: [Condition] = []

  public init(scope: Scope) { self.scope = scope }

  public mutating func require(_ condition: Condition) { conditions.append(condition) }

  /// The text to search for; nil for a filter without a search.
  public var query: String? {
    for case .text(.query, let text) in conditions { return text }
    return nil
  }

  /// Whether the filter includes accounts with this status.
  private func admits(_ status: UserStatus) -> Bool {
    statuses?.contains(status) ?? (status != .deleted)
  }

  /// Whether the filter includes accounts with these flags, for stored counts of accounts that
  /// share them.
  public func admits(_ flags: UserFlags) -> Bool {
    admits(flags.status)
      && conditions.allSatisfy { condition in
        if case .flag(let flag, let isOn) = condition { flags.contains(flag) == isOn } else { true }
      }
  }

  /// Whether the filter may include deleted accounts.
  public var includesDeleted: Bool { admits(UserStatus.deleted) }

  /// Whether the filter names accounts by their ids.
  public var namesAccounts: Bool {
    if case .account = scope { return true }
    return conditions.contains { if case .ids = $0 { true } else { false } }
  }

  /// Whether the filter depends only on flags and the organization, so that stored counts suffice.
  public var isAnsweredByCounts: Bool {
    if case .account = scope { return false }
    return conditions.allSatisfy(\.isAboutFlags)
  }

  /// Whether the filter includes this account.
  public func matches(_ row: UserView) -> Bool {
    admits(row.flags.status) && scope.reaches(row.id, organization: row.organizationID)
      && conditions.allSatisfy { $0.holds(for: row) }
  }

  /// The whole filter as one text, to bind cursors to it; different filters have different texts.
  func appendFingerprint(to out: inout ByteBuffer) {
    let states = statuses?.map(\.rawValue).sorted().joined(separator: ",") ?? "*"
    out.append("[")
    for text in [scope.text, states] + conditions.flatMap(\.fingerprint) {
      out.element()
      out.write(text)
    }
    out.append("]")
  }
}

extension Scope {
  fileprivate var text: String {
    switch self {
    case .all: "all"
    case .account(let id): "account \(id.text)"
    case .organization(let name): "organization \(name)"
    }
  }
}
