internal import Secrets

/// Keeps accounts in memory, for tests and for hosts that want nothing kept.
///
/// Ids, emails and the other unique fields are hashed, orders are kept sorted, and counts that
/// depend on flags and organization only are sums. A filter on anything else looks at every account.
public final class MemoryUserStore: UserStore {
  public let kind = "memory"
  public private(set) var revision: UInt64 = 0
  public let cursorKey = SigningKey.random().bytes
  public let feedID = newFeedID()
  public private(set) var isWriting = false

  private var users: [UserID: StoredUser] = [:]
  /// By their `IdentityKey`, as usernames.
  private var usersByEmail: [String: StoredUser] = [:]
  private var idsByUsername: [String: UserID] = [:]
  private var idsByOAuth: [OAuthIdentity: UserID] = [:]
  /// The orders that somebody has asked for: of an organization, or of all (nil).
  private var orders: [String?: [SortKey: SortedUsers]] = [:]
  private var tallies: [TallyKey: Int] = [:]
  var credentials = MemoryCredentials()
  /// How to undo this group's writes, latest last.
  private var journal: [(MemoryUserStore) -> Void] = []
  /// Where in the journal the present parts began, the innermost last.
  private var partStarts: [Int] = []

  private struct OAuthIdentity: Hashable {
    let provider: String
    let id: String
  }

  /// Accounts with these flags: of one organization, or of all (nil).
  private struct TallyKey: Hashable {
    let organization: String?
    let flags: UserFlags
  }

  public init() {}

  // MARK: Groups

  public func beginRead() {}
  public func beginWrite() { isWriting = true }
  public func rest() {}

  public func beginWriteIfFree() -> Bool {
    beginWrite()
    return true
  }

  public func end() {
    journal.removeAll(keepingCapacity: true)
    partStarts.removeAll()
    credentials.gone.removeAll()
    isWriting = false
  }

  public func abandon() {
    undo(to: 0)
    end()
  }

  public func beginPart() { partStarts.append(journal.count) }

  public func endPart(isKept: Bool) {
    if let start = partStarts.popLast(), !isKept { undo(to: start) }
  }

  private func undo(to count: Int) {
    while journal.count > count { journal.popLast()?(self) }
    revision += 1
  }

  /// To be called after each change, with how to undo it. What is new was read by nobody; for the
  /// rest the revision rises.
  func didChange(isNew: Bool = false, undo: @escaping (MemoryUserStore) -> Void) {
    journal.append(undo)
    if !isNew { revision += 1 }
  }

  // MARK: Reading

  public func read(_ reference: UserReference, _ body: (UserRow) -> Void) -> Bool {
    let user: StoredUser? =
      switch reference {
      case .id(let id): users[id]
      case .email(let email): usersByEmail[IdentityKey.of(email)]
      case .nobody: nil
      }
    guard let user else { return false }
    user.withRow(body)
    return true
  }

  public func read(
    _ reference: UserReference, within scope: Scope, _ body: (UserRow) -> Void
  ) -> Bool {
    var isReached = false
    _ = read(reference) { row in
      guard scope.reaches(row.id, organization: row.organizationID) else { return }
      isReached = true
      body(row)
    }
    return isReached
  }

  public func page(_ query: PageQuery, _ body: (UserRow) -> Void) -> Bool {
    let organization = organization(of: query.filter.scope)
    if let order = orders[organization]?[query.sort] { return order.page(query, body) }
    var members = Filter(scope: organization.map { .organization($0) } ?? .all)
    members.statuses = Set(UserStatus.allCases)
    let found = users.values.filter { $0.withRow(members.matches) }
    let order = SortedUsers(found, by: query.sort)
    // Names that nobody is in are not remembered: there is no end of them.
    if !found.isEmpty { orders[organization, default: [:]][query.sort] = order }
    return order.page(query, body)
  }

  private func organization(of scope: Scope) -> String? {
    if case .organization(let id) = scope { id } else { nil }
  }

  public func count(_ filter: Filter) -> Int {
    guard filter.isTally else {
      return users.values.reduce(0) { $0 + ($1.withRow(filter.matches) ? 1 : 0) }
    }
    let organization = organization(of: filter.scope)
    return tallies.reduce(0) { total, entry in
      let counts = entry.key.organization == organization && filter.admits(entry.key.flags)
      return counts ? total + entry.value : total
    }
  }

  public func conflict(of user: User, claiming claims: Claims) -> Conflict? {
    if claims.contains(.email), let email = user.email,
      isTaken(usersByEmail[IdentityKey.of(email)]?.id, user)
    {
      return .email
    }
    if claims.contains(.username), isTaken(idsByUsername[IdentityKey.of(user.username)], user) {
      return .username
    }
    if claims.contains(.oauthIdentity), let provider = user.oauthProvider, let id = user.oauthID,
      isTaken(idsByOAuth[OAuthIdentity(provider: provider, id: id)], user)
    {
      return .oauthIdentity
    }
    return nil
  }

  private func isTaken(_ holder: UserID?, _ user: User) -> Bool {
    holder.map { $0 != user.id } ?? false
  }

  // MARK: Writing

  public func insert(_ user: StoredUser) throws(StoreError) {
    guard users[user.id] == nil else { throw .idTaken }
    change(user.id, to: user)
  }

  public func replace(_ old: StoredUser, with new: StoredUser) { change(new.id, to: new) }

  public func remove(_ user: StoredUser) {
    removeCredentials(of: user.id)
    change(user.id, to: nil)
  }

  private func change(_ id: UserID, to user: StoredUser?) {
    let old = users[id]
    put(user, at: id)
    didChange(isNew: old == nil) { $0.put(old, at: id) }
  }

  /// Puts an account, or nothing, in the place of what is there, in every index.
  private func put(_ user: StoredUser?, at id: UserID) {
    if let old = users[id] {
      old.withRow { row in
        indexUnique(row, as: nil)
        tally(row, -1)
        for organization in Self.scopes(of: row) {
          for sort in SortKey.allCases { orders[organization]?[sort]?.remove(row) }
        }
      }
    }
    users[id] = user
    guard let user else { return }
    user.withRow { row in
      indexUnique(row, as: user)
      tally(row, 1)
      for organization in Self.scopes(of: row) {
        for sort in SortKey.allCases { orders[organization]?[sort]?.insert(user, row) }
      }
    }
  }

  /// Enters the unique fields of `row` as held by `holder`, or takes them out.
  private func indexUnique(_ row: UserRow, as holder: StoredUser?) {
    if row.flags.contains(.deleted) { return }
    if let email = row.email { usersByEmail[IdentityKey.of(email)] = holder }
    let username = (row.username ?? row.email).map { IdentityKey.of($0) } ?? row.id.text
    idsByUsername[username] = holder?.id
    if let provider = row.oauthProvider, let id = row.oauthID {
      idsByOAuth[OAuthIdentity(provider: provider.string, id: id.string)] = holder?.id
    }
  }

  /// What lists and sums an account is in: that of all, and that of its organization.
  private static func scopes(of row: UserRow) -> [String?] {
    [nil] + (row.organizationID.map { [$0.string] } ?? [])
  }

  private func tally(_ row: UserRow, _ change: Int) {
    for organization in Self.scopes(of: row) {
      let key = TallyKey(organization: organization, flags: row.flags)
      let count = tallies[key, default: 0] + change
      tallies[key] = count == 0 ? nil : count
    }
  }
}
