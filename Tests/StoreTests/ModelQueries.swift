import Testing
import UserMethods
import Users

// Random queries of the model test, and the comparison of the stores' results with the model's.
extension Drive {
  mutating func randomized(_ base: User) -> User {
    var user = base
    let word = pick([
      "Ada", "Ágnes", "Żaneta", "山田", "o'neil", "ADA", "%_", "a\"b", "İlker", "ΝΙΚΟΣ", "νικος",
    ])
    user.name = "\(word) \(number(0..<20))"
    if chance(30) {
      let letters = word.lowercased().filter { $0 != " " && $0 != "\"" }
      user.email =
        "\(letters)\(number(0..<60))@" + pick(["acme.com", "x.acme.com", "globex.org"])
    } else if chance(5) {
      user.email = nil
    }
    user.username =
      chance(80) ? user.defaultUsername : pick(["name", "Name", "NAME"]) + "\(number(0..<50))"
    user.organizationID = pick(["acme", "globex", "initech", nil])
    user.roles = pick([["member"], ["admin"], ["annotator", "billing"], [], ["owner"]])
    user.autoGroups = pick([[], ["one"], ["one", "two"]])
    let isDeleted = base.flags.contains(.deleted)
    user.flags = UserFlags(rawValue: number(0..<512)).subtracting(.deleted)
    if isDeleted { user.flags.insert(.deleted) }
    if chance(20) {
      user.oauthProvider = pick(["google", "github"])
      user.oauthID = "\(number(0..<30))"
    }
    user.lastLogin = chance(50) ? time() : nil
    user.updatedAt = time()
    user.metadata = pick(["{}", #"{"a":1}"#])
    return user
  }

  private mutating func randomFilter() -> Filter {
    let own = Scope.account(model.users.first?.id ?? Account.make(3).id)
    var filter = Filter(scope: pick([.all, .organization("acme"), .organization("none"), own]))
    if chance(40) {
      filter.require(
        .text(.query, pick(["ada", "agn", "ag", "a", "山田", "%", "_", "\"", "ilker", "zaneta 1"])))
    }
    if chance(15) {
      let email = model.users.randomElement(using: &random)?.email ?? "no@one"
      filter.require(.text(.email, IdentityKey.of(email)))
    }
    if chance(10) { filter.require(.text(.emailDomain, pick(["acme.com", "globex.org", "com"]))) }
    if chance(10) {
      let username = pick(["name7", model.users.last?.username ?? ""])
      filter.require(.text(.username, IdentityKey.of(username)))
    }
    if chance(10) {
      filter.require(.ids([model.users.last?.id, Account.make(3).id].compactMap { $0 }))
    }
    if chance(10) { filter.require(.ids([])) }
    if chance(10) { filter.require(.text(.role, pick(["admin", "adm", "billing"]))) }
    if chance(10) { filter.require(.text(.group, pick(["one", "two", "t"]))) }
    if chance(60) {
      filter.statuses = pick([
        [.active, .invited], [.disabled], [.invited], [.deleted, .active], [], [.deleted],
        [.deleted], [.deleted, .disabled, .invited, .active],
      ])
    }
    if chance(20) {
      filter.require(.flag(pick([.active, .blocked, .developer, .superuser]), chance(50)))
    }
    if chance(10) { filter.require(.text(.oauthProvider, "google")) }
    if chance(10) { filter.require(.text(.oauthID, "7")) }
    if chance(10) { filter.require(.time(.created, TimeRange(after: time()))) }
    if chance(10) { filter.require(.time(.created, TimeRange(before: time()))) }
    if chance(10) { filter.require(.time(.updated, TimeRange(before: time()))) }
    if chance(10) { filter.require(.time(.lastLogin, TimeRange(after: time()))) }
    return filter
  }

  private mutating func randomEventQuery() -> EventQuery {
    let last = Int(model.events.last?.seq ?? 0)
    let own = Scope.account(model.users.randomElement(using: &random)?.id ?? Account.make(3).id)
    var query = EventQuery(
      after: Int64(pick([0, number(0..<(last + 3))])), limit: pick([1, 3, 1000]),
      scope: pick([.all, .organization("acme"), .organization("none"), own]))
    if chance(40) { query.types = Set((0..<number(0..<4)).map { _ in pick(EventType.allCases) }) }
    if chance(20) { query.email = model.events.randomElement(using: &random)?.email }
    if chance(40) { query.userID = model.events.randomElement(using: &random)?.userID }
    if chance(20) { query.actorID = model.events.randomElement(using: &random)?.actorID }
    if chance(20) { query.since = model.events.randomElement(using: &random)?.at }
    if chance(20) { query.until = model.events.randomElement(using: &random)?.at }
    if chance(30) {
      query.order = .descending
      query.after = pick([.max, query.after])
    }
    return query
  }

  /// Runs the same queries on every store, within the open transaction.
  mutating func compare() throws {
    try comparePage()
    try compareCredentials()
    try compareEvents()
  }

  private mutating func comparePage() throws {
    let filter = randomFilter()
    var query = PageQuery(
      filter: filter, sort: pick(SortKey.allCases), order: pick(SortOrder.allCases),
      offset: pick([0, 0, 3]), limit: pick([1, 3, 1000]))
    if chance(30), let place = model.users.randomElement(using: &random) {
      query.after = PackedUser(place).withRow { Position(of: $0, by: query.sort) }
    }
    let expected = model.page(query)
    let count = model.matching(filter).count
    for store in stores {
      comparisons += 2
      let context = "\(store.kind) \(query)"
      var users: [User] = []
      let hasMore = try store.page(query) { users.append(User($0)) }
      #expect(users == expected.users, "\(context)")
      #expect(hasMore == expected.hasMore, "\(context)")
      #expect(try store.count(filter) == count, "\(context)")
    }
  }

  private mutating func compareCredentials() throws {
    let user = model.users.randomElement(using: &random) ?? Account.owner
    let token = model.tokens.randomElement(using: &random) ?? Sample.token(0, of: user)
    let references: [UserReference] = [
      .id(user.id), user.email.map { .email($0) } ?? .nobody, .id(token.id),
    ]
    let place = number(0..<8)
    for store in stores {
      comparisons += 7
      for reference in references {
        var found: User?
        _ = try store.read(reference) { found = User($0) }
        #expect(found == model.user(reference), "\(store.kind) \(reference)")
      }
      #expect(try store.password(of: user.id) == model.passwords[user.id], "\(store.kind)")
      #expect(try store.tokens(of: user.id) == model.tokens(of: user), "\(store.kind)")
      let isKept = model.tokens.contains(token)
      #expect(try store.token(.id(token.id)) == (isKept ? token : nil), "\(store.kind)")
      #expect(try store.token(.digest(token.digest)) == (isKept ? token : nil), "\(store.kind)")
      let attempts = try store.attempts(of: Sample.digest(place))
      if attempts != nil || !model.oldAttempts.contains(place) {
        #expect(attempts == model.attempts[place], "\(store.kind)")
      }
      let answer = try store.answer(to: Sample.digest(place))
      if answer != nil || !model.oldAnswers.contains(place) {
        #expect(answer == model.answers[place], "\(store.kind)")
      }
    }
  }

  private mutating func compareEvents() throws {
    let query = randomEventQuery()
    let expected = model.events(query)
    let mark = model.events.last.map { EventMark(seq: $0.seq, at: $0.at) } ?? .none
    for store in stores {
      comparisons += 3
      var events: [Event] = []
      try store.events(query) { events.append($0) }
      #expect(events == expected, "\(store.kind) \(query)")
      #expect(try store.oldestEvent == model.events.first?.seq, "\(store.kind)")
      #expect(try store.latestEvent == mark, "\(store.kind)")
    }
  }
}
