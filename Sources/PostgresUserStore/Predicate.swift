internal import Contract
internal import Users

/// A condition in SQL, and the values of its parameters.
struct Predicate {
  private(set) var parameters = Parameters()
  private var conditions: [String] = []
  /// Whether no row can match, because a value is a text that no column can hold. Such a condition
  /// must not be sent.
  private(set) var isImpossible = false

  var sql: String { conditions.isEmpty ? "true" : conditions.joined(separator: " AND ") }

  /// Adds a parameter, and returns its place in the statement.
  mutating func place(_ number: Int64) -> String {
    parameters.add(number)
    return "$\(parameters.count)::bigint"
  }

  mutating func place(_ text: String) -> String {
    // PostgreSQL refuses a text with a NUL, and so no column has one.
    let holdsNUL = text.utf8.contains(0)
    if holdsNUL { isImpossible = true }
    parameters.add(holdsNUL ? "" : text)
    return "$\(parameters.count)::text"
  }

  mutating func place(_ numbers: [Int32]) -> String {
    parameters.add(numbers)
    return "$\(parameters.count)::integer[]"
  }

  mutating func place(_ numbers: [Int64]) -> String {
    parameters.add(numbers)
    return "$\(parameters.count)::bigint[]"
  }

  mutating func place(_ blobs: [[UInt8]]) -> String {
    parameters.add(blobs)
    return "$\(parameters.count)::bytea[]"
  }

  mutating func require(_ condition: String) { conditions.append(condition) }

  /// A predicate that matches every row.
  init() {}

  /// The condition of lists and counts.
  init(_ filter: Filter) {
    requireStatuses(of: filter)
    switch filter.scope {
    case .all: break
    case .organization(let id): require("organization_id = \(place(id))")
    case .account(let id): requireOne(of: [id])
    }
    for condition in filter.conditions { require(condition) }
  }

  private mutating func require(_ condition: Condition) {
    switch condition {
    case .text(let condition, let text): require(condition, text)
    case .flag(let flag, let isOn):
      require("flags & \(flag.rawValue) = \(isOn ? flag.rawValue : 0)")
    case .ids(let ids): requireOne(of: ids)
    case .time(.created, let range):
      if let after = range.after { require("key >= \(place(UserID.firstKey(after: after)))") }
      if let before = range.before { require("key < \(place(UserID.firstKey(at: before)))") }
    case .time(.updated, let range): require("updated_at", range)
    case .time(.lastLogin, let range): require("last_login", range)
    }
  }

  private mutating func require(_ condition: TextCondition, _ text: String) {
    switch condition {
    case .query: requireSearch(text)
    case .email: require("email_key = \(place(text))")
    case .emailDomain: require("email_domain = \(place(text))")
    case .username:
      let (username, noEmail) = (place(text), place(" " + text))
      // The username of an account with an OAuth link is its email.
      require(
        """
        ((oauth_provider IS NULL AND username_key = \(username))
        OR ((username_key IS NULL OR oauth_provider IS NOT NULL)
          AND (email_key = \(username) OR email = \(noEmail))))
        """)
    case .role:
      if text != RoleName.member { requireTerms([SearchTerms.role(text)]) }
      require("strpos(roles, \(place(BorrowedTextList.pack([text])))) > 0")
    case .group:
      requireTerms([SearchTerms.group(text)])
      require("strpos(auto_groups, \(place(BorrowedTextList.pack([text])))) > 0")
    case .oauthProvider: require("oauth_provider = \(place(text))")
    case .oauthID: require("oauth_id = \(place(text))")
    }
  }

  private mutating func requireTerms(_ terms: [Int32]) {
    if !terms.isEmpty { require("terms @> \(place(terms))") }
  }

  private mutating func requireSearch(_ query: String) {
    // Names and emails contain no control characters.
    if query.isEmpty || query.utf8.contains(where: { $0 < 0x20 }) { return require("false") }
    requireTerms(SearchTerms.search(query))
    let text = place(query)
    require(
      "(strpos(search_name, \(text)) > 0 OR strpos(coalesce(search_email, email), \(text)) > 0)")
  }

  private mutating func requireStatuses(of filter: Filter) {
    guard let statuses = filter.statuses else { return require("deleted_at IS NULL") }
    if statuses.count == UserStatus.allCases.count { return }
    // Told apart from the others, so that the indexes of these accounts can be used.
    if !statuses.contains(.deleted) { require("deleted_at IS NULL") }
    if statuses == [.deleted] { return require("deleted_at IS NOT NULL") }
    let words = statuses.sorted { $0.rawValue < $1.rawValue }.map(Self.condition)
    let any = words.isEmpty ? "false" : "(" + words.joined(separator: " OR ") + ")"
    // Most accounts are active. The server takes an equation of an expression for rare, and then
    // sorts all accounts in place of walking an index. Of a CASE it expects one in two.
    require(statuses.contains(.active) ? "CASE WHEN \(any) THEN true ELSE false END" : any)
  }

  private static let disabling = UserFlags([.active, .blocked]).rawValue
  private static let standing = UserFlags([.active, .blocked, .invited, .deleted]).rawValue

  private static func condition(_ status: UserStatus) -> String {
    switch status {
    case .deleted: "deleted_at IS NOT NULL"
    case .disabled:
      "(deleted_at IS NULL AND flags & \(disabling) <> \(UserFlags.active.rawValue))"
    case .invited: "flags & \(standing) = \(UserFlags([.active, .invited]).rawValue)"
    case .active: "flags & \(standing) = \(UserFlags.active.rawValue)"
    }
  }

  private mutating func requireOne(of ids: [UserID]) {
    let (keys, starts) = (place(ids.map(\.key)), place(ids.map { PackedRecord.start(for: $0) }))
    require(
      """
      key = ANY (\(keys))
        AND (key, substr(record, 1, 8)) IN (SELECT * FROM unnest(\(keys), \(starts)))
      """)
  }

  private mutating func require(_ column: String, _ range: TimeRange) {
    if let after = range.after { require("\(column) > \(place(after.milliseconds))") }
    if let before = range.before { require("\(column) < \(place(before.milliseconds))") }
  }
}
