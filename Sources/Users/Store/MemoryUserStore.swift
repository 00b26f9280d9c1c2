internal import Secrets

/// Keeps accounts in memory, for tests and for hosts that want nothing kept.
///
/// Lookups by id and email are hashed. Lists sort what matches, so they take time in proportion to
/// the number of accounts; the file store has indexes for that.
public final class MemoryUserStore: UserStore {
  public let kind = "memory"
  public private(set) var revision: UInt64 = 0
  public let cursorKey = SigningKey.random().bytes
  public private(set) var isWriting = false

  private var users: [UserID: StoredUser] = [:]
  private var idsByEmail: [String: UserID] = [:]
  private var idsByUsername: [String: UserID] = [:]
  private var idsByOAuth: [OAuthIdentity: UserID] = [:]
  /// Ids in the order of creation.
  private var ordered: [UserID] = []
  /// How to undo this group's writes, latest last.
  private var journal: [(id: UserID, before: StoredUser?)] = []

  private struct OAuthIdentity: Hashable {
    let provider: String
    let id: String
  }

  public init() {}

  public func beginRead() {}
  public func beginWrite() { isWriting = true }
  public func rest() {}

  public func end() {
    journal.removeAll(keepingCapacity: true)
    isWriting = false
  }

  public func abandon() {
    for step in journal.reversed() { put(step.before, at: step.id) }
    end()
  }

  public func read(_ reference: UserReference, _ body: (UserRow) -> Void) -> Bool {
    let id: UserID? =
      switch reference {
      case .id(let id): id
      case .email(let email): idsByEmail[email]
      case .nobody: nil
      }
    guard let id, let user = users[id] else { return false }
    withExtendedLifetime(user) { body(user.row) }
    return true
  }

  public func page(_ query: PageQuery, _ body: (UserRow) -> Void) -> Bool {
    var matching = sorted(query)
    if query.order == .descending { matching.reverse() }
    if let after = query.after {
      let isBehind = { (place: Position) in
        query.order == .ascending ? after < place : place < after
      }
      matching.removeFirst(matching.firstIndex { isBehind($0.place) } ?? matching.count)
    }
    let rest = matching.dropFirst(query.offset)
    for entry in rest.prefix(query.limit) {
      withExtendedLifetime(entry.user) { body(entry.user.row) }
    }
    return rest.count > query.limit
  }

  private func sorted(_ query: PageQuery) -> [(place: Position, user: StoredUser)] {
    let matching = ordered.lazy.compactMap { self.users[$0] }.filter {
      query.filter.matches($0.row)
    }
    let placed = matching.map { (Position(of: $0.row, by: query.sort), $0) }
    return query.sort == .createdAt ? Array(placed) : placed.sorted { $0.0 < $1.0 }
  }

  public func count(_ filter: Filter) -> Int {
    users.values.reduce(0) { $0 + (filter.matches($1.row) ? 1 : 0) }
  }

  public func conflict(of user: User) -> Conflict? {
    if let email = user.email, isTaken(idsByEmail[email], user) { return .email }
    if isTaken(idsByUsername[user.username], user) { return .username }
    if let provider = user.oauthProvider, let id = user.oauthID,
      isTaken(idsByOAuth[OAuthIdentity(provider: provider, id: id)], user)
    {
      return .oauthIdentity
    }
    return nil
  }

  private func isTaken(_ holder: UserID?, _ user: User) -> Bool {
    holder.map { $0 != user.id } ?? false
  }

  public func insert(_ user: StoredUser) throws(StoreError) {
    guard users[user.row.id] == nil else { throw .idTaken }
    change(user.row.id, to: user)
  }

  public func replace(_ old: StoredUser, with new: StoredUser) { change(new.row.id, to: new) }

  public func remove(_ user: StoredUser) { change(user.row.id, to: nil) }

  private func change(_ id: UserID, to user: StoredUser?) {
    journal.append((id, users[id]))
    put(user, at: id)
    revision += 1
  }

  /// Puts an account, or nothing, in the place of what is there, in every index.
  private func put(_ user: StoredUser?, at id: UserID) {
    if let old = users[id] { unindex(User(old.row)) }
    users[id] = user
    if let user { index(User(user.row)) }
  }

  private func index(_ user: User) {
    ordered.insert(user.id, at: place(of: user.id))
    guard user.deletedAt == nil else { return }
    if let email = user.email { idsByEmail[email] = user.id }
    idsByUsername[user.username] = user.id
    if let provider = user.oauthProvider, let id = user.oauthID {
      idsByOAuth[OAuthIdentity(provider: provider, id: id)] = user.id
    }
  }

  private func unindex(_ user: User) {
    ordered.remove(at: place(of: user.id))
    guard user.deletedAt == nil else { return }
    if let email = user.email { idsByEmail[email] = nil }
    idsByUsername[user.username] = nil
    if let provider = user.oauthProvider, let id = user.oauthID {
      idsByOAuth[OAuthIdentity(provider: provider, id: id)] = nil
    }
  }

  /// Where `id` stands, or would.
  private func place(of id: UserID) -> Int {
    if let last = ordered.last, last.key < id.key { return ordered.count }
    var (low, high) = (0, ordered.count)
    while low < high {
      let middle = (low + high) / 2
      if ordered[middle].key < id.key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
