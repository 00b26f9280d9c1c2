internal import Users

/// A filter as SQL: conditions, and the values of their parameters.
struct Predicate {
  enum Value {
    case number(Int64)
    case text(String)
  }

  private(set) var conditions: [String] = []
  private(set) var values: [Value] = []

  var sql: String { conditions.isEmpty ? "1" : conditions.joined(separator: " AND ") }

  mutating func require(_ condition: String, _ values: Value...) { require(condition, values) }

  mutating func require(_ condition: String, _ values: [Value]) {
    conditions.append(condition)
    self.values += values
  }

  func bind(to statement: Statement, from first: Int32 = 1) -> Int32 {
    Self.bind(values, to: statement, from: first)
  }

  static func bind(_ values: [Value], to statement: Statement, from first: Int32 = 1) -> Int32 {
    var at = first
    for value in values {
      switch value {
      case .number(let number): statement.bind(at, number)
      case .text(let text): statement.bind(at, copying: text)
      }
      at += 1
    }
    return at
  }

  /// A predicate that matches every row.
  init() {}

  /// The condition of lists and counts. With a source, it tests only those accounts. With `others`,
  /// which are all flags that the filter does not admit, it tests the flags by an index of theirs:
  /// then the row does not have to be read.
  init(_ filter: Filter, from source: CandidateSource? = nil, without others: [UserFlags]? = nil) {
    if let source { require("key IN (\(source.sql))", source.values) }
    if let others { requireNone(of: others) } else { requireStatuses(of: filter) }
    requireScope(filter)
    for condition in filter.conditions where others == nil || !condition.isAboutFlags {
      require(condition)
    }
  }

  private mutating func requireNone(of flags: [UserFlags]) {
    if flags.isEmpty { return }
    let list = flags.map { "\($0.rawValue)" }.joined(separator: ",")
    require("key NOT IN (SELECT key FROM users INDEXED BY users_flags WHERE flags IN (\(list)))")
  }

  private mutating func require(_ condition: Condition) {
    switch condition {
    case .text(.query, let query): requireSearch(query)
    case .text(.email, let email):
      require(
        "(email = ? OR \(Self.isEntered(.email, "identity = ?")))", .text(email), .text(email))
    case .text(.emailDomain, let domain):
      let (end, count) = (Value.text("@" + domain), domain.unicodeScalars.count + 1)
      let isEntered = Self.isEntered(.email, "substr(identity, -\(count)) = ?")
      require("(substr(email, -\(count)) = ? OR \(isEntered))", end, end)
    case .text(.username, let username): requireUsername(username)
    case .text(.role, let role):
      let isHeld = "instr(roles, ?) > 0"
      let condition = role == RoleName.member ? "(roles IS NULL OR \(isHeld))" : isHeld
      require(condition, .text(BorrowedTextList.pack([role])))
    case .text(.group, let group):
      require("instr(auto_groups, ?) > 0", .text(BorrowedTextList.pack([group])))
    case .text(.oauthProvider, let provider): require("oauth_provider = ?", .text(provider))
    case .text(.oauthID, let id): require("oauth_id = ?", .text(id))
    case .flag(let flag, let isOn):
      require("flags & \(flag.rawValue) = \(isOn ? flag.rawValue : 0)")
    case .ids(let ids): requireOne(of: ids)
    case .time(.created, let range): requireKeys(of: range)
    case .time(.updated, let range): require("updated_at", range)
    case .time(.lastLogin, let range): require("last_login", range)
    }
  }

  /// A condition on the table of identities, which contains the names whose key differs from their
  /// stored text.
  private static func isEntered(_ kind: IdentityTable.Kind, _ condition: String) -> String {
    "key IN (SELECT user_key FROM identities WHERE kind = \(kind.rawValue) AND \(condition))"
  }

  private mutating func requireUsername(_ username: String) {
    let (text, entered) = (Value.text(username), "identity = ?")
    // An account without an email has a space and its id in `email`. The username of an account
    // with an OAuth link is its email.
    require(
      """
      ((oauth_provider IS NULL AND (username = ? OR \(Self.isEntered(.username, entered))))
      OR ((username IS NULL OR oauth_provider IS NOT NULL)
        AND (email IN (?, ?) OR \(Self.isEntered(.email, entered)))))
      """, text, text, text, .text(" " + username), text)
  }

  private mutating func requireSearch(_ query: String) {
    guard TrigramIndex.canMatch(query) else { return require("0") }
    require(
      "(instr(search_name, ?) > 0 OR instr(coalesce(search_email, email), ?) > 0)", .text(query),
      .text(query))
  }

  private mutating func requireStatuses(of filter: Filter) {
    guard let statuses = filter.statuses else {
      return require("flags & \(Self.deleted) = 0")
    }
    if statuses == [.active, .invited] {
      require("flags & \(Self.disabling | Self.deleted) = \(UserFlags.active.rawValue)")
    } else if statuses.count < UserStatus.allCases.count {
      let words = statuses.sorted { $0.rawValue < $1.rawValue }.map(Self.condition)
      require(words.isEmpty ? "0" : "(" + words.joined(separator: " OR ") + ")")
    }
  }

  private static let deleted = UserFlags.deleted.rawValue
  private static let disabling = UserFlags([.active, .blocked]).rawValue
  private static let standing = UserFlags([.active, .blocked, .invited, .deleted]).rawValue

  private static func condition(_ status: UserStatus) -> String {
    switch status {
    case .deleted: "flags & \(deleted) <> 0"
    case .disabled:
      "(flags & \(deleted) = 0 AND flags & \(disabling) <> \(UserFlags.active.rawValue))"
    case .invited: "flags & \(standing) = \(UserFlags([.active, .invited]).rawValue)"
    case .active: "flags & \(standing) = \(UserFlags.active.rawValue)"
    }
  }

  private mutating func requireScope(_ filter: Filter) {
    switch filter.scope {
    case .all: break
    case .organization(let id): require("organization_id = ?", .text(id))
    case .account(let id): requireOne(of: [id])
    }
  }

  private mutating func requireOne(of ids: [UserID]) {
    if ids.isEmpty { return require("0") }
    let keys = ids.map { "\($0.key)" }.joined(separator: ",")
    let pairs = ids.map { "(\($0.key),\(Self.literal(PackedRecord.start(for: $0))))" }
    require(
      """
      key IN (\(keys))
        AND (key, substr(record, 1, 8)) IN (VALUES \(pairs.joined(separator: ",")))
      """)
  }

  private static func literal(_ bytes: [UInt8]) -> String {
    "x'" + bytes.map { String($0 >> 4, radix: 16) + String($0 & 0xF, radix: 16) }.joined() + "'"
  }

  private mutating func requireKeys(of range: TimeRange) {
    if let after = range.after { require("key >= ?", .number(UserID.firstKey(after: after))) }
    if let before = range.before { require("key < ?", .number(UserID.firstKey(at: before))) }
  }

  private mutating func require(_ column: String, _ range: TimeRange) {
    if let after = range.after { require("\(column) > ?", .number(after.milliseconds)) }
    if let before = range.before { require("\(column) < ?", .number(before.milliseconds)) }
  }
}
