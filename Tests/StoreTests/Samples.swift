import Contract
import Secrets
import UserMethods
import Users

/// Tokens, passwords and events for tests.
enum Sample {
  static func time(_ milliseconds: Int64) -> Timestamp {
    Timestamp(milliseconds: 1_700_000_000_000 + milliseconds)
  }

  /// A digest of 32 bytes, determined by a number.
  static func digest(_ n: Int) -> [UInt8] { Secrets.digest(Array("digest \(n)".utf8)) }

  static func token(
    _ n: Int, of user: User, _ kind: TokenKind = .api, change: (inout Token) -> Void = { _ in }
  ) -> Token {
    var token = Token(
      id: UserID(key: Int64(1_700_000_100_000 + n) << 21, tail: Int64(n)), kind: kind,
      userID: user.id, digest: digest(n), expiresAt: time(Int64(n) * 1000))
    change(&token)
    return token
  }

  static func password(_ n: Int, of user: User, until end: Timestamp? = nil) -> Password {
    Password(
      userID: user.id, hash: PasswordHash(text: "$argon2id$\(n)"), temporaryUntil: end)
  }

  static func event(
    _ seq: Int64, _ type: EventType = .userUpdated, of user: User, actor: User? = nil,
    changes: String = "{}"
  ) -> Event {
    Event(
      seq: seq, type: type, at: time(seq), actorID: actor?.id, userID: user.id, email: user.email,
      organizationID: user.organizationID, changes: .list(ChangeList(text: changes)))
  }
}

/// Everything that a store returns, to compare two states. To be taken within a transaction.
struct Everything: Equatable {
  var users: [User] = []
  var found: [String: [UserID]] = [:]
  var counts: [Int] = []
  var passwords: [Password?] = []
  var tokens: [[Token]] = []
  var tokensByDigest: [Token?] = []
  var attempts: [Attempts?] = []
  var answers: [IdempotencyRecord?] = []
  var events: [Event] = []
  var latestEvent: EventMark

  /// How many digests, subjects and keys of `Sample` are looked up.
  private static let sampleCount = 20
  private static let words = ["user", "changed", "agnes", "example.com", "r"]

  init(_ store: any UserStore) throws {
    latestEvent = try store.latestEvent
    var everybody = Filter(scope: .all)
    everybody.statuses = Set(UserStatus.allCases)
    _ = try store.page(PageQuery(filter: everybody, limit: 1000)) { users.append(User($0)) }
    for word in Self.words {
      var all = everybody
      all.require(.text(.query, word))
      var ids: [UserID] = []
      _ = try store.page(PageQuery(filter: all, sort: .name, limit: 1000)) { ids.append($0.id) }
      found[word] = ids
      counts.append(try store.count(all))
    }
    for scope in [Scope.all, .organization("acme"), .organization("globex")] {
      for status in UserStatus.allCases {
        var filter = Filter(scope: scope)
        filter.statuses = [status]
        counts.append(try store.count(filter))
      }
    }
    passwords = try users.map { try store.password(of: $0.id) }
    tokens = try users.map { try store.tokens(of: $0.id) }
    for n in 0..<Self.sampleCount {
      tokensByDigest.append(try store.token(.digest(Sample.digest(n))))
      attempts.append(try store.attempts(of: Sample.digest(n)))
      answers.append(try store.answer(to: Sample.digest(n)))
    }
    let query = EventQuery(after: 0, limit: 10_000, scope: .all)
    try store.events(query) { events.append($0) }
  }
}
