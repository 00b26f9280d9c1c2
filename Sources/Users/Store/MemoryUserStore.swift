internal import Secrets

/// Keeps accounts in memory, for tests and for hosts that want nothing stored.
///
/// Ids, emails and the other unique fields are keys of hash tables, orders are kept sorted, and
/// counts that depend only on flags and organization are sums of stored counts. A filter on
/// anything else scans every account.
public final class MemoryUserStore: UserStore {
  public let kind = "memory"
  public private(set) var revision: UInt64 = 0
  public let cursorKey = SigningKey.random().bytes
  public let feedID = newFeedID()
  public private(set) var isWriting = false

  private var users: [UserID: PackedUser] = [:]
  /// By their `IdentityKey`, as are usernames.
  private var usersByEmail: [String: PackedUser] = [:]
  /// The chosen usernames; the others are emails or ids.
  private var idsByUsername: [String: UserID] = [:]
  private var idsByOAuth: [OAuthIdentity: UserID] = [:]
  /// The sort orders that were requested, each for one organization or for all accounts (nil).
  private var orders: [String?: [SortKey: SortedUsers]] = [:]
  private var counts: [CountKey: Int] = [:]
  var credentials = MemoryCredentials()
  /// Closures that undo this transaction's writes, latest last.
  private var journal: [(MemoryUserStore) -> Void] = []
  /// The length of the journal at the start of each open savepoint, the innermost last.
  private var savepointStarts: [Int] = []

  private struct OAuthIdentity: Hashable {
    let provider: String
    let id: String
  }

  /// The key of a count of the accounts with these flags: of one organization, or of all (nil).
  private struct CountKey: Hashable {
    let organization: String?
    let flags: UserFlags
  }

  public init() {}

  // MARK: Transactions

  public func beginRead() {}
  public func beginWrite() { isWriting = true }
  public func releaseSnapshot() {}

  public func beginWriteIfFree() -> Bool {
    beginWrite()
    return true
  }

  public func commit() {
    journal.removeAll(keepingCapacity: true)
    savepointStarts.removeAll()
    credentials.gone.removeAll()
    isWriting = false
  }

  public func rollback() {
    undo(to: 0)
    commit()
  }

  public func beginSavepoint() { savepointStarts.append(journal.count) }

  public func endSavepoint(isKept: Bool) {
    if let start = savepointStarts.popLast(), !isKept { undo(to: start) }
  }

  private func undo(to count: Int) {
    while journal.count > count { journal.popLast()?(self) }
    revision += 1
  }

  /// Must be called after each change, with a closure that undoes it. The revision does not rise
  /// for a new entry, because no reader can have seen it.
  func didChange(isNew: Bool = false, undo: @escaping (MemoryUserStore) -> Void) {
    journal.append(undo)
    if !isNew { revision += 1 }
  }

  // MARK: Reading

  public func read(_ reference: UserReference, _ body: (UserView) -> Void) -> Bool {
    let user: PackedUser? =
      switch reference {
      case .id(let id): users[id]
      case .email(let email): usersByEmail[IdentityKey.of(email)]
      case .nobody: nil
      }
    guard let user else { return false }
    user.prefetch()
    user.withRow(body)
    return true
  }

  public func read(
    _ reference: UserReference, within scope: Scope, _ body: (UserView) -> Void
  ) -> Bool {
    var isReached = false
    _ = read(reference) { row in
      guard scope.reaches(row.id, organization: row.organizationID) else { return }
      isReached = true
      body(row)
    }
    return isReached
  }

  public func page(_ query: PageQuery, _ body: (UserView) -> Void) -> Bool {
    let organization = organization(of: query.filter.scope)
    if let order = orders[organization]?[query.sort] { return order.page(query, body) }
    let found = members(of: organization)
    let order = SortedUsers(found, by: query.sort)
    // An organization without accounts is not remembered: callers can name any number of them.
    if !found.isEmpty { orders[organization, default: [:]][query.sort] = order }
    return order.page(query, body)
  }

  /// In the order of creation, with deleted ones; of the whole store for nil.
  private func members(of organization: String?) -> [PackedUser] {
    if let users = orders[organization]?[.createdAt]?.users { return users }
    guard let organization else { return users.sorted { $0.key.key < $1.key.key }.map(\.value) }
    var filter = Filter(scope: .organization(organization))
    filter.statuses = Set(UserStatus.allCases)
    return users.values.filter { $0.withRow(filter.matches) }.sorted { $0.id.key < $1.id.key }
  }

  private func organization(of scope: Scope) -> String? {
    if case .organization(let id) = scope { id } else { nil }
  }

  public func count(_ filter: Filter) -> Int {
    guard filter.isAnsweredByCounts else {
      return users.values.reduce(0) { $0 + ($1.withRow(filter.matches) ? 1 : 0) }
    }
    let organization = organization(of: filter.scope)
    return counts.reduce(0) { total, entry in
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
    if claims.contains(.username), isTaken(holder(ofUsername: user.username), user) {
      return .username
    }
    if claims.contains(.oauthIdentity), let provider = user.oauthProvider, let id = user.oauthID,
      isTaken(idsByOAuth[OAuthIdentity(provider: provider, id: id)], user)
    {
      return .oauthIdentity
    }
    return nil
  }

  private func holder(ofUsername username: String) -> UserID? {
    let key = IdentityKey.of(username)
    if let id = idsByUsername[key] { return id }
    if let user = usersByEmail[key] { return user.withRow { $0.username == nil } ? user.id : nil }
    guard let id = UserID(key), let user = users[id] else { return nil }
    let hasIt = user.withRow { row in
      row.username == nil && row.email == nil && !row.flags.contains(.deleted)
    }
    return hasIt ? id : nil
  }

  private func isTaken(_ holder: UserID?, _ user: User) -> Bool {
    holder.map { $0 != user.id } ?? false
  }

  // MARK: Writing

  public func insert(_ user: PackedUser) throws(StoreError) {
    guard users[user.id] == nil else { throw .idTaken }
    change(user.id, to: user)
  }

  public func replace(_ old: PackedUser, with new: PackedUser) { change(new.id, to: new) }

  public func remove(_ user: PackedUser) {
    removeCredentials(of: user.id)
    change(user.id, to: nil)
  }

  private func change(_ id: UserID, to user: PackedUser?) {
    let old = users[id]
    put(user, at: id)
    didChange(isNew: old == nil) { $0.put(old, at: id) }
  }

  /// Replaces the account with this id by `user`, or removes it if that is nil, in every index.
  private func put(_ user: PackedUser?, at id: UserID) {
    if let old = users[id] {
      old.withRow { row in
        indexUnique(row, as: nil)
        addToCounts(row, -1)
        for organization in Self.scopes(of: row) {
          for sort in SortKey.allCases { orders[organization]?[sort]?.remove(row) }
        }
      }
    }
    users[id] = user
    guard let user else { return }
    user.withRow { row in
      indexUnique(row, as: user)
      addToCounts(row, 1)
      for organization in Self.scopes(of: row) {
        for sort in SortKey.allCases { orders[organization]?[sort]?.insert(user, row) }
      }
    }
  }

  /// Registers the unique fields of `row` for `holder`, or removes them if that is nil.
  private func indexUnique(_ row: UserView, as holder: PackedUser?) {
    if row.flags.contains(.deleted) { return }
    if let email = row.email { usersByEmail[IdentityKey.of(email)] = holder }
    if let username = row.username { idsByUsername[IdentityKey.of(username)] = holder?.id }
    if let provider = row.oauthProvider, let id = row.oauthID {
      idsByOAuth[OAuthIdentity(provider: provider.string, id: id.string)] = holder?.id
    }
  }

  /// The orders and counts that contain an account: those of all, and those of its organization.
  private static func scopes(of row: UserView) -> [String?] {
    [nil] + (row.organizationID.map { [$0.string] } ?? [])
  }

  private func addToCounts(_ row: UserView, _ change: Int) {
    for organization in Self.scopes(of: row) {
      let key = CountKey(organization: organization, flags: row.flags)
      let count = counts[key, default: 0] + change
      counts[key] = count == 0 ? nil : count
    }
  }
}
