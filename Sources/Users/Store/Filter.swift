internal import Contract
internal import JSON

/// What accounts to list or count. All that is set must hold.
public struct Filter: Sendable {
  public var scope: Scope
  /// nil for no limit, but that deleted accounts are only there when asked for.
  public var statuses: Set<UserStatus>?
  public private(set) var conditions: [Condition] = []

  public init(scope: Scope) { self.scope = scope }

  public mutating func require(_ condition: Condition) { conditions.append(condition) }

  /// The text that accounts are searched for.
  public var query: String? {
    for case .text(.query, let text) in conditions { return text }
    return nil
  }

  /// Whether an account in this state passes what the filter says of it.
  private func admits(_ status: UserStatus) -> Bool {
    statuses?.contains(status) ?? (status != .deleted)
  }

  /// The same of flags, for sums of accounts that have the same ones.
  public func admits(_ flags: UserFlags) -> Bool {
    admits(flags.status)
      && conditions.allSatisfy { condition in
        if case .flag(let flag, let isOn) = condition { flags.contains(flag) == isOn } else { true }
      }
  }

  /// Whether only flags and the organization matter, so that sums of both answer a count.
  public var isTally: Bool {
    if case .account = scope { return false }
    return conditions.allSatisfy(\.isAboutFlags)
  }

  /// The one predicate of lists and counts, for stores that look at row after row.
  public func matches(_ row: UserRow) -> Bool { admits(row.flags.status) && isAbout(row) }

  /// The same, whatever state the account is in.
  public func isAbout(_ row: UserRow) -> Bool {
    scope.reaches(row.id, organization: row.organizationID)
      && conditions.allSatisfy { $0.holds(for: row) }
  }

  /// All of the filter in one text, for binding cursors to it; different ones differ.
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
