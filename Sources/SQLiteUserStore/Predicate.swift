internal import Users

/// A filter as SQL: conditions, and the values that they borrow from the statement's parameters.
struct Predicate {
  enum Value {
    case number(Int64)
    case text(String)
  }

  private(set) var conditions: [String] = []
  private(set) var values: [Value] = []

  var sql: String { conditions.isEmpty ? "1" : conditions.joined(separator: " AND ") }

  mutating func require(_ condition: String, _ values: Value...) {
    conditions.append(condition)
    self.values += values
  }

  func bind(to statement: Statement, from first: Int32 = 1) -> Int32 {
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

  /// One that everything passes.
  init() {}

  /// The one predicate of lists and counts. With `candidates`, only those are looked at;
  /// `walksSort` keeps the organization's index out.
  init(_ filter: Filter, candidates: [Int64]? = nil, walksSort: Bool = false) {
    requireStanding(filter)
    requireScope(filter, walksSort)
    requireIdentity(filter)
    requireProfile(filter)
    requireTimes(filter)
    guard let query = filter.query else { return }
    if !PagePlan.canMatch(query) {
      require("0")
      return
    }
    if let candidates { requireOne(of: candidates) }
    require("instr(search, ?) > 0", .text(query))
  }

  /// In a few sizes, so that statements can be kept; no account has the key 0.
  private mutating func requireOne(of keys: [Int64]) {
    let size = [8, 64, 512, 2048].first { $0 >= keys.count } ?? keys.count
    let marks = repeatElement("?", count: size).joined(separator: ",")
    conditions.append("key IN (\(marks))")
    values += keys.map { .number($0) }
    values += repeatElement(.number(0), count: size - keys.count)
  }

  private mutating func requireStanding(_ filter: Filter) {
    let mask = filter.flagMask.rawValue
    if mask != 0 { require("flags & \(mask) = \(filter.flags.rawValue)") }
    guard let statuses = filter.statuses else { return require("deleted_at IS NULL") }
    // Spelled out, so that the indexes, which leave deleted accounts out, can be used.
    if !statuses.contains(.deleted) { require("deleted_at IS NULL") }
    if statuses == [.deleted] { return require("deleted_at IS NOT NULL") }
    if statuses == [.active, .invited] {
      require("flags & \(Self.disabling) = \(UserFlags.active.rawValue)")
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

  private mutating func requireScope(_ filter: Filter, _ walksSort: Bool) {
    switch filter.scope {
    case .all: break
    case .organization(let id): require("\(walksSort ? "+" : "")organization_id = ?", .text(id))
    case .account(let id): require("key = ? AND tail = ?", .number(id.key), .number(id.tail))
    }
  }

  private mutating func requireIdentity(_ filter: Filter) {
    if let ids = filter.ids {
      let keys = ids.map { "\($0.key)" }.joined(separator: ",")
      let pairs = ids.map { "(\($0.key),\($0.tail))" }.joined(separator: ",")
      require(ids.isEmpty ? "0" : "key IN (\(keys)) AND (key, tail) IN (VALUES \(pairs))")
    }
    if let email = filter.email { require("email = ?", .text(email)) }
    if let domain = filter.emailDomain {
      let count = domain.unicodeScalars.count + 1
      require("substr(email, -\(count)) = ?", .text("@" + domain))
    }
    if let username = filter.username {
      require("(\(Self.usernameIs))", .text(username), .text(username), .text(" " + username))
    }
    if let provider = filter.oauthProvider { require("oauth_provider = ?", .text(provider)) }
    if let id = filter.oauthID { require("oauth_id = ?", .text(id)) }
  }

  /// Takes the username twice, and once behind a space: `email` holds one before the id of an
  /// account without email.
  private static let usernameIs = "username = ? OR (username IS NULL AND email IN (?, ?))"

  private mutating func requireProfile(_ filter: Filter) {
    if let role = filter.role { require("instr(roles, ?) > 0", .text(TextList.pack([role]))) }
    if let group = filter.group {
      require("instr(auto_groups, ?) > 0", .text(TextList.pack([group])))
    }
  }

  private mutating func requireTimes(_ filter: Filter) {
    if let after = filter.created.after {
      require("key >= ?", .number(UserID.firstKey(after: after)))
    }
    if let before = filter.created.before {
      require("key < ?", .number(UserID.firstKey(at: before)))
    }
    require("updated_at", filter.updated)
    require("last_login", filter.lastLogin)
  }

  private mutating func require(_ column: String, _ range: Filter.TimeRange) {
    if let after = range.after { require("\(column) > ?", .number(after.milliseconds)) }
    if let before = range.before { require("\(column) < ?", .number(before.milliseconds)) }
  }
}
