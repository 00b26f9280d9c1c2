import Testing
import UserMethods
import Users

/// The contract of every store for accounts, run on every store.
@Suite struct StoreSuite {
  @Test("A stored account is returned unchanged", arguments: StoreKind.allCases)
  func roundTrip(kind: StoreKind) throws {
    let full = Account.make(1) { user in
      user.name = "Zoë \"Z\" O'Neil\\"
      user.username = "zoe"
      user.roles = ["admin", "billing", "member"]
      user.flags = [.active, .blocked, .developer, .emailVerified, .onboarded, .superuser]
      user.avatarURL = "https://example.com/z.png"
      user.company = "Acme, Inc."
      user.jobTitle = "技術者"
      user.metadata = #"{"a":[1,2.50,{"b":null}],"c":"\u0000"}"#
      user.autoGroups = ["one", "two words"]
      user.oauthProvider = "google"
      user.oauthID = "12345"
      user.lastLogin = Timestamp(milliseconds: 1_700_000_000_123)
      user.version = 7
    }
    let bare = Account.make(2) { user in
      user.email = nil
      user.username = user.defaultUsername
      user.organizationID = nil
      user.roles = []
      user.flags = [.active, .serviceAccount]
    }
    try kind.withStore { store in
      try store.put([full, bare])
      #expect(try store.user(.id(full.id)) == full)
      #expect(try store.user(.email("user1@example.com")) == full)
      #expect(try store.user(.id(bare.id)) == bare)
    }
  }

  @Test("Looking up an unknown id or email finds nothing", arguments: StoreKind.allCases)
  func absent(kind: StoreKind) throws {
    try kind.withStore { store in
      let user = Account.make(1)
      try store.put([user])
      // An id with the same key and another tail is a different id.
      #expect(try store.user(.id(UserID(key: user.id.key, tail: 99))) == nil)
      #expect(try store.user(.id(Account.make(2).id)) == nil)
      #expect(try store.user(.email("nobody@example.com")) == nil)
      #expect(try store.user(.nobody) == nil)
    }
  }

  @Test(
    "A conflict names the email, username or OAuth identity that is taken",
    arguments: StoreKind.allCases)
  func conflicts(kind: StoreKind) throws {
    try kind.withStore { store in
      let holder = Account.make(1) { user in
        user.username = "holder"
        user.oauthProvider = "google"
        user.oauthID = "1"
      }
      let robot = Account.make(2) { user in
        user.email = nil
        user.username = user.defaultUsername
      }
      try store.put([holder, robot])
      func conflict(_ change: (inout User) -> Void) throws -> Conflict? {
        let user = Account.make(3, change)
        return try store.reading { try store.conflict(of: user, isNew: false) }
      }
      #expect(try conflict { _ in } == nil)
      #expect(try conflict { $0.email = holder.email } == .email)
      #expect(try conflict { $0.username = "holder" } == .username)
      #expect(try conflict { $0.username = robot.id.text } == .username)
      #expect(try conflict { $0.username = "owner@example.com" } == .username)
      #expect(
        try conflict {
          $0.oauthProvider = "google"
          $0.oauthID = "1"
        } == .oauthIdentity)
      #expect(try store.reading { try store.conflict(of: holder, isNew: false) } == nil)
    }
  }

  @Test(
    "An email is a username conflict when another account has it as its username",
    arguments: StoreKind.allCases)
  func chosenEmail(kind: StoreKind) throws {
    try kind.withStore { store in
      try store.put([Account.make(1) { $0.username = "user2@example.com" }])
      #expect(
        try store.reading { try store.conflict(of: Account.make(2), isNew: false) } == .username)
    }
  }

  @Test("Removing an account frees its email and username", arguments: StoreKind.allCases)
  func removal(kind: StoreKind) throws {
    try kind.withStore { store in
      let user = Account.make(1)
      try store.put([user])
      try store.beginWrite()
      try store.remove(PackedUser(user))
      try store.commit()
      #expect(try store.user(.id(user.id)) == nil)
      #expect(try store.total(Filter(scope: .all)) == 1)
      var heir = Account.make(2)
      heir.email = user.email
      heir.username = user.username
      #expect(try store.reading { try store.conflict(of: heir, isNew: false) } == nil)
      try store.put([heir])
      #expect(try store.user(.email("user1@example.com"))?.id == heir.id)
    }
  }

  @Test("Adjoining time ranges cover every account exactly once", arguments: StoreKind.allCases)
  func windows(kind: StoreKind) throws {
    let users = (1...20).map { n in
      Account.make(n) { $0.updatedAt = $0.id.createdAt }
    }
    try kind.withStore(holding: users) { store in
      let all = Int64(1_700_000_000_000)
      let edges: [Int64] = [.min, -1, 0, all, all + 5, all + 21, 1 << 42, .max - 1]
      for edge in edges {
        for condition in [TimeCondition.created, .updated] {
          let (one, other) = (Timestamp(milliseconds: edge), Timestamp(milliseconds: edge + 1))
          var (early, late) = (
            Filter(scope: .organization("acme")), Filter(scope: .organization("acme"))
          )
          early.require(.time(condition, TimeRange(before: other)))
          late.require(.time(condition, TimeRange(after: one)))
          let counts = (try store.total(early), try store.total(late))
          #expect(counts == (users.count { $0.updatedAt.milliseconds <= edge }, 20 - counts.0))
        }
      }
    }
  }

  @Test(
    "A transaction sees its own writes, also in searches and counts", arguments: StoreKind.allCases)
  func ownWrites(kind: StoreKind) throws {
    try kind.withStore { store in
      try store.beginWrite()
      try store.insert(PackedUser(Account.make(1) { $0.name = "Ágnes" }))
      var filter = Filter(scope: .all)
      filter.require(.text(.query, "agnes"))
      #expect(try store.count(filter) == 1)
      #expect(try store.count(Filter(scope: .organization("acme"))) == 1)
      try store.commit()
      #expect(try store.total(filter) == 1)
    }
  }

  @Test("A rollback undoes inserts, changes and removals", arguments: StoreKind.allCases)
  func abandoned(kind: StoreKind) throws {
    try kind.withStore { store in
      let kept = Account.make(1)
      try store.put([kept])
      try store.beginWrite()
      var changed = kept
      changed.name = "Changed"
      changed.organizationID = "globex"
      try store.replace(PackedUser(kept), with: PackedUser(changed))
      try store.insert(PackedUser(Account.make(2)))
      try store.remove(PackedUser(changed))
      store.rollback()
      #expect(try store.user(.id(kept.id)) == kept)
      #expect(try store.total(Filter(scope: .all)) == 2)
      #expect(try store.total(Filter(scope: .organization("acme"))) == 1)
      #expect(try store.total(Filter(scope: .organization("globex"))) == 0)
      var filter = Filter(scope: .all)
      filter.require(.text(.query, "changed"))
      #expect(try store.total(filter) == 0)
    }
  }

  @Test("Inserting an account with a taken id fails", arguments: StoreKind.allCases)
  func takenID(kind: StoreKind) throws {
    try kind.withStore { store in
      try store.put([Account.make(1)])
      var twin = Account.make(1)
      twin.email = "twin@example.com"
      twin.username = "twin@example.com"
      try store.beginWrite()
      #expect(throws: StoreError.idTaken) { try store.insert(PackedUser(twin)) }
      store.rollback()
    }
  }

  @Test(
    "Replacing an account changes the revision, and a read does not", arguments: StoreKind.allCases)
  func revision(kind: StoreKind) throws {
    try kind.withStore { store in
      let user = Account.make(1)
      try store.put([user])
      try store.beginRead()
      let before = store.revision
      try store.commit()
      try store.beginRead()
      #expect(store.revision == before)
      try store.commit()
      try store.beginWrite()
      var changed = user
      changed.flags = []
      try store.replace(PackedUser(user), with: PackedUser(changed))
      #expect(store.revision != before)
      try store.commit()
    }
  }

  @Test(
    "Ascending order by email puts accounts without an email first", arguments: StoreKind.allCases)
  func sortingWithoutEmail(kind: StoreKind) throws {
    try kind.withStore { store in
      try store.put(
        (1...4).map { n in
          Account.make(n) { user in
            if n.isMultiple(of: 2) { user.email = nil }
            user.username = user.defaultUsername
          }
        })
      var query = PageQuery(filter: Filter(scope: .all), sort: .email, limit: 2)
      let first = try store.page(query)
      #expect(first.users.map(\.id) == [2, 4].map { Account.make($0).id })
      query.after = PackedUser(first.users[1]).withRow { Position(of: $0, by: .email) }
      #expect(
        try store.page(query).users.map(\.email) == ["owner@example.com", "user1@example.com"])
      query.after = nil
      query.order = .descending
      query.limit = 10
      let all = try store.page(query).users.map(\.email)
      #expect(all == ["user3@example.com", "user1@example.com", "owner@example.com", nil, nil])
    }
  }

  @Test(
    "Texts that begin alike sort by all their bytes, and accounts with equal texts by their ids",
    arguments: StoreKind.allCases, [SortKey.name, .email])
  func sortingAlikeTexts(kind: StoreKind, sort: SortKey) throws {
    try kind.withStore { store in
      let lengths = [1, 7, 8, 9, 15, 16, 17, 24]
      var users: [User] = []
      for (name, email) in lengths.flatMap({ name in lengths.map { (name, $0) } }) {
        let letters = String(repeating: "a", count: email)
        // The same again as deleted accounts, which can share an email.
        for isDeleted in [false, true, true] {
          let user = Account.make(users.count + 1) { user in
            user.name = String(repeating: "a", count: name)
            user.email = "\(letters)@\(name).example.com"
            user.username = user.defaultUsername
          }
          users.append(isDeleted ? user.deleted(at: Sample.time(1)) : user)
        }
      }
      try store.put(users.reversed())
      func texts(_ user: User) -> [[UInt8]] {
        let email = Array((user.email ?? "").utf8)
        return sort == .name ? [Array(user.name.utf8), email] : [email]
      }
      let expected = users.sorted { one, other in
        for (left, right) in zip(texts(one), texts(other)) where left != right {
          return left.lexicographicallyPrecedes(right)
        }
        return one.id.key < other.id.key
      }
      var filter = Filter(scope: .organization("acme"))
      filter.statuses = [.active, .deleted]
      let found = try store.page(PageQuery(filter: filter, sort: sort, limit: users.count)).users
      #expect(found.map(\.id) == expected.map(\.id))
    }
  }
}
