import UserMethods
import Users

/// The expected content of a store, in plain arrays. Restoring a copy is a rollback.
struct Model {
  var users = [Account.owner]
  var passwords: [UserID: Password] = [:]
  var tokens: [Token] = []
  var attempts: [Int: Attempts] = [:]
  var answers: [Int: IdempotencyRecord] = [:]
  var events: [Event] = []
  /// Subjects and keys whose entry is so old that a store may have purged it.
  var oldAttempts: Set<Int> = []
  var oldAnswers: Set<Int> = []

  // MARK: Changes

  mutating func remove(_ user: User) {
    users.removeAll { $0.id == user.id }
    passwords[user.id] = nil
    tokens.removeAll { $0.userID == user.id }
  }

  mutating func replace(_ new: User) {
    if let at = users.firstIndex(where: { $0.id == new.id }) { users[at] = new }
  }

  mutating func replace(_ new: Token) {
    if let at = tokens.firstIndex(where: { $0.id == new.id }) { tokens[at] = new }
  }

  mutating func set(_ some: Attempts?, _ subject: Int, forgottenBefore: Timestamp) {
    attempts[subject] = some
    oldAttempts.remove(subject)
    for (subject, some) in attempts where some.last < forgottenBefore {
      oldAttempts.insert(subject)
    }
  }

  mutating func remember(_ answer: IdempotencyRecord, _ key: Int, forgottenBefore: Timestamp) {
    answers[key] = answer
    oldAnswers.remove(key)
    for (key, answer) in answers where answer.at < forgottenBefore { oldAnswers.insert(key) }
  }

  // MARK: Queries

  func conflict(of user: User) -> Conflict? {
    let others = users.filter { $0.id != user.id && !$0.flags.contains(.deleted) }
    func areSame(_ one: String?, _ other: String) -> Bool {
      one.map(IdentityKey.of) == IdentityKey.of(other)
    }
    if let email = user.email, others.contains(where: { areSame($0.email, email) }) {
      return .email
    }
    if others.contains(where: { areSame($0.username, user.username) }) { return .username }
    let isTaken = others.contains {
      user.oauthID != nil && $0.oauthID == user.oauthID && $0.oauthProvider == user.oauthProvider
    }
    return isTaken ? .oauthIdentity : nil
  }

  func user(_ reference: UserReference) -> User? {
    switch reference {
    case .id(let id): users.first { $0.id == id }
    case .email(let email):
      users.first {
        $0.email.map(IdentityKey.of) == IdentityKey.of(email) && !$0.flags.contains(.deleted)
      }
    case .nobody: nil
    }
  }

  func tokens(of user: User) -> [Token] {
    tokens.filter { $0.userID == user.id }.sorted { $0.id.key < $1.id.key }
  }

  func matching(_ filter: Filter) -> [User] {
    users.filter { user in PackedUser(user).withRow(filter.matches) }
  }

  func page(_ query: PageQuery) -> (users: [User], hasMore: Bool) {
    var placed = matching(query.filter).map { user in
      (place: PackedUser(user).withRow { Position(of: $0, by: query.sort) }, user: user)
    }
    placed.sort { $0.place < $1.place }
    if query.order == .descending { placed.reverse() }
    if let after = query.after {
      placed.removeAll { query.order == .ascending ? !(after < $0.place) : !($0.place < after) }
    }
    let rest = placed.dropFirst(query.offset)
    return (rest.prefix(query.limit).map(\.user), rest.count > query.limit)
  }

  func events(_ query: EventQuery) -> [Event] {
    let all = query.order == .ascending ? events : events.reversed()
    let isAfter = { (event: Event) in
      query.order == .ascending ? event.seq > query.after : event.seq < query.after
    }
    return Array(all.filter { isAfter($0) && query.matches($0) }.prefix(query.limit))
  }
}
