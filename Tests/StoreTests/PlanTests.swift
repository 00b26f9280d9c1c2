import SQLiteUserStore
import TestSupport
import Testing
import UserMethods
import Users

/// Lists and counts of the kept stores, by every index that they may choose, against the memory store,
/// which looks at each account.
@Suite struct PlanTests {
  private static let count = 5_000

  /// Accounts with common and rare values of every field that filters know. Some differ from the
  /// accounts before them in one sort key only.
  private static let users: [User] = (1...count).map { n in
    var user = Account.make(n) { user in
      user.name =
        n % 11 == 0 ? "Same Name" : ["Ann", "Bo", "Çelik", "山田"][n % 4] + " \(n * 37 % 900)"
      user.email = n % 101 == 0 ? nil : "u\(n * 7919 % 10_007)@" + domain(n)
      if n % 13 == 0 { user.email = "é\(n)@acme.example" }
      user.username = n % 50 == 0 ? "nick\(n)" : user.defaultUsername
      user.organizationID = n % 100 < 60 ? "big" : n % 100 < 90 ? "org\(n % 40)" : nil
      user.roles = n % 500 == 0 ? ["auditor", "member"] : n % 3 == 0 ? ["annotator"] : ["member"]
      user.autoGroups = n % 700 == 0 ? ["rare"] : n % 2 == 0 ? ["half", "x"] : []
      user.flags =
        n % 900 == 0 ? [.active, .blocked] : n % 7 == 0 ? [] : [.active, .emailVerified]
      if n % 1_000 == 1 { user.flags.insert(.developer) }
      user.updatedAt = Sample.time(Int64(n / 10 * 10 % 997))
      user.lastLogin = n % 4 == 0 ? Sample.time(Int64(n)) : nil
    }
    if n % 97 == 0 {
      user.oauthProvider = n % 970 == 0 ? "rare" : "google"
      user.oauthID = "id\(n)"
    }
    return n % 40 == 0 ? user.deleted(at: Sample.time(Int64(n))) : user
  }

  private static func domain(_ n: Int) -> String {
    switch n % 800 {
    case 0: "rare.example"
    // The only letter of this kind is the last of the text.
    case 1: "rare.exampĺżq"
    case 3: "straße.example"
    case 5: "rés.example"
    default: n % 2 == 0 ? "even.example" : "odd.example"
    }
  }

  private static let conditions: [[Condition]] = [
    [], [.text(.query, "ann")], [.text(.query, "ann 12")], [.text(.query, "zq")],
    [.text(.query, "e")], [.text(.query, "山")], [.text(.query, "u7")], [.text(.query, "celik 4")],
    [.text(.query, "le")], [.text(.query, "same name")], [.text(.email, "u7919@odd.example")],
    [.text(.query, "q")], [.text(.query, "żq")], [.text(.emailDomain, "straße.example")],
    [.text(.emailDomain, "strasse.example")], [.text(.emailDomain, "rés.example")],
    [.text(.emailDomain, "rare.example")], [.text(.emailDomain, "odd.example")],
    [.text(.username, "nick4950")], [.text(.username, "u7919@odd.example")],
    [.text(.role, "auditor")], [.text(.role, "annotator")], [.text(.role, "member")],
    [.text(.group, "rare")], [.text(.group, "half")], [.text(.oauthProvider, "rare")],
    [.text(.oauthProvider, "google")], [.text(.oauthID, "id97")], [.flag(.blocked, true)],
    [.flag(.active, false)], [.flag(.developer, true)],
    [.time(.created, TimeRange(after: Sample.time(4_990)))],
    [.time(.created, TimeRange(after: Sample.time(100), before: Sample.time(4_000)))],
    [.time(.updated, TimeRange(before: Sample.time(30)))],
    [.time(.updated, TimeRange(after: Sample.time(30)))],
    [.time(.lastLogin, TimeRange(after: Sample.time(4_980)))],
    [.time(.lastLogin, TimeRange(after: Sample.time(0), before: Sample.time(3_000)))],
    [.text(.query, "ann"), .text(.role, "annotator"), .flag(.active, true)],
    [.text(.group, "rare"), .text(.emailDomain, "even.example")],
  ]

  private static let scopes: [Scope] = [
    .all, .organization("big"), .organization("org5"), .organization("none"),
  ]

  private static let statuses: [Set<UserStatus>?] = [
    nil, [.active, .invited], [.deleted], [.disabled], Set(UserStatus.allCases),
  ]

  @Test(
    "Every filter, sort, order and page gives the accounts that a look at each gives",
    arguments: StoreKind.kept)
  func plans(kind: StoreKind) throws {
    try StoreKind.memory.withStore(holding: Self.users) { memory in
      try kind.withStore(holding: Self.users) { kept in
        var (compared, told) = (0, 0)
        for (at, conditions) in Self.conditions.enumerated() {
          for scope in Self.scopes {
            var filter = Filter(scope: scope)
            for condition in conditions { filter.require(condition) }
            // Each filter with two of the sets of statuses: with all, it would take five minutes.
            for set in [at, at + 1 + at / 5] {
              filter.statuses = Self.statuses[set % Self.statuses.count]
              told += try compare(memory, kept, filter)
              compared += 1
            }
          }
        }
        #expect(compared == Self.conditions.count * Self.scopes.count * 2)
        #expect(told > 40_000, "the filters match too little")
      }
    }
  }

  /// Compares the count, and pages under each sort and order: the first, two that skip, and the one
  /// after the first by its cursor. Returns how many accounts were compared.
  private func compare(
    _ memory: any UserStore, _ kept: any UserStore, _ filter: Filter
  ) throws -> Int {
    var told = 0
    #expect(try kept.total(filter) == memory.total(filter), "\(filter)")
    for sort in SortKey.allCases {
      let all = try memory.page(PageQuery(filter: filter, sort: sort, limit: Self.count + 1)).users
      for order in SortOrder.allCases {
        let expected = order == .ascending ? all : all.reversed()
        var query = PageQuery(filter: filter, sort: sort, order: order, limit: 20)
        for offset in [0, 7, all.count / 2 + 1, .max] {
          query.offset = offset
          told += try compare(kept, query, expected.dropFirst(offset))
        }
        query.offset = 0
        guard let last = expected.prefix(20).last else { continue }
        query.after = PackedUser(last).withRow { Position(of: $0, by: sort) }
        told += try compare(kept, query, expected.dropFirst(20))
      }
    }
    return told
  }

  /// Compares a page with the start of what is expected.
  private func compare(
    _ kept: any UserStore, _ query: PageQuery, _ expected: ArraySlice<User>
  ) throws -> Int {
    let found = try kept.page(query)
    #expect(found.users.map(\.id) == expected.prefix(query.limit).map(\.id), "\(query)")
    #expect(found.hasMore == (expected.count > query.limit), "\(query)")
    return found.users.count
  }
}
