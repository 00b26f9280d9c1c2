internal import Users

/// A subquery for the keys of all accounts that fulfil a condition, and maybe of more.
struct CandidateSource {
  let sql: String
  let values: [Predicate.Value]

  init(_ sql: String, _ values: [Predicate.Value] = []) {
    self.sql = sql
    self.values = values
  }

  /// The sources that indexes offer for a filter.
  ///
  /// Within an organization, none of them visits accounts of other organizations, except those that
  /// hold the very email, username or OAuth identity: how long a request takes must not show what
  /// other organizations hold.
  static func sources(
    of filter: Filter, _ sort: SortKey?
  ) -> [CandidateSource] {
    let source = SourceOfCondition(scope: filter.scope, includesDeleted: filter.includesDeleted)
    var found: [CandidateSource] = []
    for condition in filter.conditions where !condition.isRange(of: sort) {
      if let one = source(condition) { found.append(one) }
    }
    return found
  }

  /// The accounts that have one of these flags.
  static func having(_ flags: [UserFlags]) -> CandidateSource {
    let list = flags.map { "\($0.rawValue)" }.joined(separator: ",")
    return CandidateSource("SELECT key FROM users INDEXED BY users_flags WHERE flags IN (\(list))")
  }

  static let nobody = CandidateSource("SELECT key FROM users WHERE 0")
}

extension Condition {
  /// Whether it limits the very field that a list is sorted by: following that index is best.
  fileprivate func isRange(of sort: SortKey?) -> Bool {
    switch self {
    case .time(.created, _): sort == .createdAt
    case .time(.updated, _): sort == .updatedAt
    default: false
    }
  }
}

/// Finds the source that an index offers for one condition.
private struct SourceOfCondition {
  let scope: Scope
  let includesDeleted: Bool

  func callAsFunction(
    _ condition: Condition
  ) -> CandidateSource? {
    switch condition {
    case .text(.email, let email): return holders([("email = ?", [email])], (.email, email))
    case .text(.username, let username):
      // Deleted accounts have no index of usernames: looking for one reads those of all.
      if includesDeleted, scope != .all { return nil }
      // An account without a chosen username has its email, or its id.
      return holders(
        [("username = ?", [username]), ("email IN (?, ?)", [username, " " + username])],
        (.username, username), (.email, username))
    case .text(.role, let role) where role != RoleName.member:
      return packed("users_role", "roles", role)
    case .text(.group, let group): return packed("users_group", "auto_groups", group)
    default: return scope == .all ? global(condition) : nil
    }
  }

  /// The sources that visit accounts of all organizations.
  private func global(
    _ condition: Condition
  ) -> CandidateSource? {
    switch condition {
    case .text(.query, let query): return TrigramIndex.source(of: query)
    case .text(.emailDomain, let domain):
      let end = "@" + domain
      guard let source = TrigramIndex.source(of: TextNormalization.searchable(end)) else {
        return nil
      }
      return CandidateSource(
        """
        \(source.sql) UNION ALL SELECT user_key FROM identities
          WHERE kind = 0 AND substr(identity, -\(end.unicodeScalars.count)) = ?
        """, source.values + [.text(end)])
    case .text(.oauthProvider, let provider): return holders([("oauth_provider = ?", [provider])])
    case .text(.oauthID, let id): return holders([("oauth_id = ?", [id])])
    case .time(.created, let range):
      return Self.range(
        "key", "NOT INDEXED", range.after.map { UserID.firstKey(after: $0) - 1 },
        range.before.map { UserID.firstKey(at: $0) })
    case .time(.updated, let range):
      return Self.range(
        "updated_at", "INDEXED BY users_updated", range.after?.milliseconds,
        range.before?.milliseconds)
    case .time(.lastLogin, let range):
      return Self.range(
        "last_login", "INDEXED BY users_login", range.after?.milliseconds,
        range.before?.milliseconds)
    default: return nil
    }
  }

  /// Accounts that hold a unique value, in one of the ways that the conditions name. Deleted accounts
  /// have one index for all of them.
  private func holders(
    _ conditions: [(sql: String, values: [String])],
    _ identities: (kind: IdentityTable.Kind, key: String)...
  ) -> CandidateSource {
    var parts: [String] = []
    var values: [String] = []
    for condition in conditions {
      for deleted in includesDeleted ? ["NULL", "NOT NULL"] : ["NULL"] {
        parts.append("SELECT key FROM users WHERE \(condition.sql) AND deleted_at IS \(deleted)")
        values += condition.values
      }
    }
    for identity in identities {
      parts.append(
        "SELECT user_key FROM identities WHERE kind = \(identity.kind.rawValue) AND identity = ?")
      values.append(identity.key)
    }
    return CandidateSource(parts.joined(separator: " UNION ALL "), values.map { .text($0) })
  }

  private func packed(_ index: String, _ column: String, _ entry: String) -> CandidateSource? {
    let packed = Predicate.Value.text(BorrowedTextList.pack([entry]))
    let matches = "\(column) IS NOT NULL AND instr(\(column), ?) > 0"
    switch scope {
    case .all:
      return CandidateSource("SELECT key FROM users INDEXED BY \(index) WHERE \(matches)", [packed])
    case .organization(let id):
      return CandidateSource(
        "SELECT key FROM users INDEXED BY \(index) WHERE organization_id = ? AND \(matches)",
        [.text(id), packed])
    case .account: return nil
    }
  }

  /// Both ends are exclusive.
  private static func range(
    _ column: String, _ index: String, _ after: Int64?, _ before: Int64?
  ) -> CandidateSource {
    var predicate = Predicate()
    predicate.require("\(column) IS NOT NULL")
    if let after { predicate.require("\(column) > ?", .number(after)) }
    if let before { predicate.require("\(column) < ?", .number(before)) }
    return CandidateSource(
      "SELECT key FROM users \(index) WHERE \(predicate.sql)", predicate.values)
  }
}
