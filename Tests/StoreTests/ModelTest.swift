import Testing
import Users

/// Random operations on all stores at once, and on plain arrays; every answer must be the same.
@Suite struct ModelTest {
  @Test(
    "All stores answer as a plain list of accounts does", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func agreement(seed: UInt64) throws {
    try StoreKind.memory.withStore { memory in
      try StoreKind.file.withStore { file in
        var drive = Drive(stores: [memory, file], random: SplitMix(state: seed))
        for _ in 0..<400 { try drive.step() }
        #expect(drive.comparisons > 1000)
      }
    }
  }
}

/// A small generator with a seed (Steele, Lea, Flood: SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

private struct Drive {
  let stores: [any UserStore]
  var random: SplitMix
  var model = [Account.owner]
  var made = 0
  var comparisons = 0

  init(stores: [any UserStore], random: SplitMix) {
    self.stores = stores
    self.random = random
  }

  private mutating func pick<T>(_ choices: [T]) -> T {
    choices[Int.random(in: 0..<choices.count, using: &random)]
  }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  mutating func step() throws {
    let before = model
    let count = chance(30) ? 5 : 1
    let isAbandoned = chance(10)
    for store in stores { try store.beginWrite() }
    for _ in 0..<count { try change() }
    for store in stores { if isAbandoned { store.abandon() } else { try store.end() } }
    if isAbandoned { model = before }
    for _ in 0..<3 { try compare() }
  }

  private mutating func change() throws {
    switch Int.random(in: 0..<10, using: &random) {
    case _ where model.isEmpty: try insert()
    case 0..<5: try insert()
    case 5..<8: try replace()
    default: try remove()
    }
  }

  private mutating func randomized(_ base: User) -> User {
    var user = base
    let word = pick(["Ada", "Ágnes", "Żaneta", "山田", "o'neil", "ADA", "%_", "a\"b", "İlker"])
    user.name = "\(word) \(Int.random(in: 0..<20, using: &random))"
    if chance(30) {
      let part = Int.random(in: 0..<60, using: &random)
      user.email =
        "\(word.lowercased().filter { $0 != " " && $0 != "\"" })\(part)@"
        + pick(["acme.com", "x.acme.com", "globex.org"])
    } else if chance(5) {
      user.email = nil
    }
    user.username =
      chance(80) ? user.defaultUsername : "name\(Int.random(in: 0..<50, using: &random))"
    user.organizationID = pick(["acme", "globex", "initech", nil])
    user.roles = pick([["member"], ["admin"], ["annotator", "billing"], [], ["owner"]])
    user.autoGroups = pick([[], ["one"], ["one", "two"]])
    user.flags = UserFlags(rawValue: Int.random(in: 0..<512, using: &random)).subtracting(.deleted)
    if chance(20) {
      user.oauthProvider = pick(["google", "github"])
      user.oauthID = "\(Int.random(in: 0..<30, using: &random))"
    }
    user.lastLogin = chance(50) ? time() : nil
    user.updatedAt = time()
    user.metadata = pick(["{}", #"{"a":1}"#])
    return user
  }

  private mutating func time() -> Timestamp {
    Timestamp(milliseconds: 1_700_000_000_000 + Int64.random(in: 0..<300, using: &random))
  }

  private func conflict(of user: User) -> Conflict? {
    let others = model.filter { $0.id != user.id }
    if let email = user.email, others.contains(where: { $0.email == email }) { return .email }
    if others.contains(where: { $0.username == user.username }) { return .username }
    let isTaken = others.contains {
      user.oauthID != nil && $0.oauthID == user.oauthID && $0.oauthProvider == user.oauthProvider
    }
    return isTaken ? .oauthIdentity : nil
  }

  /// The stores' verdict on `user`, which must be the model's.
  private mutating func isFree(_ user: User) throws -> Bool {
    let expected = conflict(of: user)
    for store in stores {
      comparisons += 1
      #expect(try store.conflict(of: user) == expected, "\(store.kind): \(user)")
    }
    return expected == nil
  }

  private mutating func insert() throws {
    made += 1
    let user = randomized(Account.make(made))
    guard try isFree(user) else { return }
    for store in stores { try store.insert(StoredUser(user)) }
    model.append(user)
  }

  private mutating func replace() throws {
    let at = Int.random(in: 0..<model.count, using: &random)
    let old = model[at]
    var new = chance(50) ? randomized(old) : old
    new.version += 1
    guard try isFree(new) else { return }
    for store in stores { try store.replace(StoredUser(old), with: StoredUser(new)) }
    model[at] = new
  }

  private mutating func remove() throws {
    let at = Int.random(in: 0..<model.count, using: &random)
    let old = model.remove(at: at)
    for store in stores { try store.remove(StoredUser(old)) }
  }

  private mutating func randomFilter() -> Filter {
    var filter = Filter(scope: pick([.all, .organization("acme"), .organization("none"), .own]))
    filter.callerID = model.first?.id
    if chance(40) {
      filter.query = pick(["ada", "agn", "ag", "a", "山田", "%", "_", "\"", "ilker", "zaneta 1"])
    }
    if chance(10) { filter.email = model.last?.email ?? "no@one" }
    if chance(10) { filter.emailDomain = pick(["acme.com", "globex.org", "com"]) }
    if chance(10) { filter.username = pick(["name7", model.last?.username ?? ""]) }
    if chance(10) { filter.ids = [model.last?.id, Account.make(3).id].compactMap { $0 } }
    if chance(10) { filter.ids = [] }
    if chance(10) { filter.role = pick(["admin", "adm", "billing"]) }
    if chance(10) { filter.group = pick(["one", "two", "t"]) }
    if chance(60) {
      filter.statuses = pick([
        [.active, .invited], [.disabled], [.invited], [.deleted, .active], [],
      ])
    }
    if chance(20) { filter.require(pick([.active, .blocked, .developer, .superuser]), chance(50)) }
    if chance(10) { filter.oauthProvider = "google" }
    if chance(10) { filter.oauthID = "7" }
    if chance(10) { filter.created.after = time() }
    if chance(10) { filter.created.before = time() }
    if chance(10) { filter.updated.before = time() }
    if chance(10) { filter.lastLogin.after = time() }
    return filter
  }

  private mutating func compare() throws {
    let filter = randomFilter()
    var query = PageQuery(
      filter: filter, sort: pick(SortKey.allCases), order: pick(SortOrder.allCases),
      offset: pick([0, 0, 3]), limit: pick([1, 3, 1000]))
    if chance(30), let place = model.last {
      query.after = StoredUser(place).withRow { Position(of: $0, by: query.sort) }
    }
    let matching = model.filter { user in StoredUser(user).withRow(filter.matches) }
    let expected = expectedPage(matching, query)
    for store in stores {
      comparisons += 2
      let context = "\(store.kind) \(query)"
      let page = try store.page(query)
      #expect(page.users == expected.users, "\(context)")
      #expect(page.hasMore == expected.hasMore, "\(context)")
      #expect(try store.total(filter) == matching.count, "\(context)")
    }
  }

  private func expectedPage(
    _ matching: [User], _ query: PageQuery
  ) -> (users: [User], hasMore: Bool) {
    var placed = matching.map { user in
      (place: StoredUser(user).withRow { Position(of: $0, by: query.sort) }, user: user)
    }
    placed.sort { $0.place < $1.place }
    if query.order == .descending { placed.reverse() }
    if let after = query.after {
      placed.removeAll { query.order == .ascending ? !(after < $0.place) : !($0.place < after) }
    }
    let rest = placed.dropFirst(query.offset)
    return (rest.prefix(query.limit).map(\.user), rest.count > query.limit)
  }
}
