internal import Contract
internal import Glibc
internal import JSON

/// What accounts to list or count. All that is set must hold.
public struct Filter: Sendable {
  /// From the caller's scope, or a narrower one that they asked for.
  public var scope: Scope
  public var query: String?
  public var email: String?
  public var emailDomain: String?
  public var username: String?
  public var ids: [UserID]?
  public var role: String?
  public var group: String?
  /// nil for no limit. Deleted accounts are only there when asked for.
  public var statuses: Set<UserStatus>?
  /// Of the flags in `flagMask`, exactly those in `flags` are set.
  public var flagMask: UserFlags = []
  public var flags: UserFlags = []
  public var oauthProvider: String?
  public var oauthID: String?
  public var created = TimeRange()
  public var updated = TimeRange()
  public var lastLogin = TimeRange()

  public init(scope: Scope) { self.scope = scope }

  /// After and before, both exclusive.
  public struct TimeRange: Equatable, Sendable {
    public var after: Timestamp?
    public var before: Timestamp?

    public init() {}

    public var isOpen: Bool { after == nil && before == nil }

    func contains(_ time: Timestamp?) -> Bool {
      if isOpen { return true }
      guard let time else { return false }
      return (after.map { time > $0 } ?? true) && (before.map { time < $0 } ?? true)
    }
  }

  public mutating func require(_ flag: UserFlags, _ isOn: Bool?) {
    guard let isOn else { return }
    flagMask.insert(flag)
    if isOn { flags.insert(flag) }
  }

  /// Whether an account with these flags passes what the filter says of flags and status.
  public func admits(_ own: UserFlags) -> Bool {
    if own.intersection(flagMask) != flags { return false }
    if let statuses { return statuses.contains(own.status) }
    return !own.contains(.deleted)
  }

  /// Whether only flags and the organization matter, so that sums of both answer a count.
  public var isTally: Bool {
    query == nil && email == nil && emailDomain == nil && username == nil && ids == nil
      && role == nil && group == nil && oauthProvider == nil && oauthID == nil && created.isOpen
      && updated.isOpen && lastLogin.isOpen && !isOneAccount
  }

  private var isOneAccount: Bool {
    if case .account = scope { true } else { false }
  }

  /// The one predicate of lists and counts, for stores that look at row after row.
  public func matches(_ row: UserRow) -> Bool {
    admits(row.flags) && scope.reaches(row.id, organization: row.organizationID)
      && matchesIdentity(row) && matchesProfile(row)
  }

  private func matchesIdentity(_ row: UserRow) -> Bool {
    if let ids, !ids.contains(row.id) { return false }
    if let email, !(row.email?.equals(email) ?? false) { return false }
    if let emailDomain, !(row.email?.string.ends(with: "@" + emailDomain) ?? false) { return false }
    if let username, (row.username ?? row.email)?.string ?? row.id.text != username {
      return false
    }
    if let oauthProvider, !(row.oauthProvider?.equals(oauthProvider) ?? false) { return false }
    if let oauthID, !(row.oauthID?.equals(oauthID) ?? false) { return false }
    return true
  }

  private func matchesProfile(_ row: UserRow) -> Bool {
    if let role, !row.roles.strings.contains(role) { return false }
    if let group, !row.autoGroups.strings.contains(group) { return false }
    if let query, !row.search.holds(query) { return false }
    return created.contains(row.id.createdAt) && updated.contains(row.updatedAt)
      && lastLogin.contains(row.lastLogin)
  }

  /// All of the filter in one text, for binding cursors to it; different ones differ.
  func appendFingerprint(to out: inout ByteBuffer) {
    let texts: [String?] = [
      query, email, emailDomain, username, role, group, oauthProvider, oauthID,
      scope.text, ids?.map(\.text).joined(separator: ","),
      statuses?.map(\.rawValue).sorted().joined(separator: ","),
      "\(flagMask.rawValue) \(flags.rawValue)", created.text, updated.text, lastLogin.text,
    ]
    out.append("[")
    for text in texts {
      out.element()
      if let text { out.write(text) } else { out.append("null") }
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

extension Filter.TimeRange {
  fileprivate var text: String {
    "\(after?.milliseconds ?? -1),\(before?.milliseconds ?? -1)"
  }
}

extension Text {
  /// Whether the bytes hold `part`, which holds no line feed: the parts of a search text are apart.
  func holds(_ part: String) -> Bool {
    var part = part
    return part.withUTF8 { needle in
      guard let wanted = needle.baseAddress, !needle.isEmpty else { return true }
      if needle.contains(0x0A) { return false }
      var rest = bytes[...]
      while rest.count >= needle.count, let start = UnsafeBufferPointer(rebasing: rest).baseAddress,
        let found = memchr(start, Int32(needle[0]), rest.count - needle.count + 1)
      {
        if memcmp(found, wanted, needle.count) == 0 { return true }
        rest = rest.dropFirst(UnsafeRawPointer(start).distance(to: UnsafeRawPointer(found)) + 1)
      }
      return false
    }
  }
}
