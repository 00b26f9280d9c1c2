import Testing
import UserMethods
import Users

/// The contract of every store for accounts that are deleted and can be restored.
@Suite struct DeletedSuite {
  private let ada = Account.make(1) { user in
    user.oauthProvider = "google"
    user.oauthID = "1"
  }

  private func delete(_ user: User, _ store: any UserStore, at time: Int64 = 1) throws -> User {
    var deleted = user.deleted(at: Sample.time(time))
    deleted.updatedAt = Sample.time(time)
    deleted.version += 1
    try store.writing { try store.replace(PackedUser(user), with: PackedUser(deleted)) }
    return deleted
  }

  private func restore(_ user: User, _ store: any UserStore) throws -> User {
    let restored = user.restored
    try store.writing { try store.replace(PackedUser(user), with: PackedUser(restored)) }
    return restored
  }

  private func list(
    _ store: any UserStore, _ statuses: Set<UserStatus>?,
    change: (inout PageQuery) -> Void = { _ in }
  ) throws -> [UserID] {
    var filter = Filter(scope: .all)
    filter.statuses = statuses
    var query = PageQuery(filter: filter, limit: 100)
    change(&query)
    return try store.page(query).users.map(\.id)
  }

  @Test("A deleted account is found by its id, and not by its email", arguments: StoreKind.allCases)
  func reading(kind: StoreKind) throws {
    try kind.withStore { store in
      try store.put([ada])
      let deleted = try delete(ada, store)
      #expect(try store.user(.id(ada.id)) == deleted)
      #expect(try store.user(.email("user1@example.com")) == nil)
      let restored = try restore(deleted, store)
      #expect(try store.user(.email("user1@example.com")) == restored)
    }
  }

  @Test(
    "Deleting an account frees its email, username and OAuth identity",
    arguments: StoreKind.allCases)
  func unique(kind: StoreKind) throws {
    try kind.withStore { store in
      try store.put([ada])
      let deleted = try delete(ada, store)
      var heir = Account.make(2)
      heir.email = ada.email
      heir.username = ada.username
      heir.oauthProvider = "google"
      heir.oauthID = "1"
      #expect(try store.reading { try store.conflict(of: heir, isNew: false) } == nil)
      try store.put([heir])
      #expect(try store.user(.email("user1@example.com")) == heir)
      // Restoring the deleted account with its old email is therefore a conflict.
      #expect(
        try store.reading { try store.conflict(of: deleted.restored, isNew: false) } == .email)
      // An account does not conflict with itself.
      #expect(try store.reading { try store.conflict(of: heir, isNew: false) } == nil)
    }
  }

  @Test("Several deleted accounts can share an email", arguments: StoreKind.allCases)
  func sameEmail(kind: StoreKind) throws {
    try kind.withStore { store in
      var users: [User] = []
      for n in 1...3 {
        let user = Account.make(n) { user in
          user.email = "same@example.com"
          user.username = n == 2 ? "chosen" : "same@example.com"
        }
        try store.put([user])
        users.append(try delete(user, store, at: Int64(n)))
      }
      let ids = users.map(\.id)
      let emails = { (query: inout PageQuery) in
        query.filter.require(.text(.email, "same@example.com"))
      }
      #expect(try list(store, [.deleted], change: emails) == ids)
      let latest = try list(store, [.deleted]) { query in
        emails(&query)
        query.sort = .updatedAt
        query.order = .descending
        query.limit = 1
      }
      #expect(latest == [ids[2]])
      let back = try restore(users[1], store)
      #expect(try store.user(.email("same@example.com")) == back)
      #expect(try list(store, [.deleted], change: emails) == [ids[0], ids[2]])
      #expect(
        try store.reading { try store.conflict(of: users[0].restored, isNew: false) } == .email)
      // Removing one account for good keeps the others.
      try store.writing { try store.remove(PackedUser(users[0])) }
      #expect(try list(store, [.deleted], change: emails) == [ids[2]])
      #expect(try store.user(.email("same@example.com")) == back)
    }
  }

  @Test(
    "Lists and counts include deleted accounts only when the filter names that status",
    arguments: StoreKind.allCases)
  func listing(kind: StoreKind) throws {
    try kind.withStore { store in
      let (bob, cyd) = (Account.make(2), Account.make(3))
      try store.put([ada, bob, cyd])
      _ = try delete(bob, store)
      let living = [Account.owner.id, ada.id, cyd.id]
      let rows: [(Set<UserStatus>?, [UserID])] = [
        (nil, living), ([.active], living), ([.deleted], [bob.id]), ([], []),
        ([.active, .deleted], [Account.owner.id, ada.id, bob.id, cyd.id]),
        (Set(UserStatus.allCases), [Account.owner.id, ada.id, bob.id, cyd.id]),
      ]
      for (statuses, ids) in rows {
        #expect(try list(store, statuses) == ids)
        var filter = Filter(scope: .all)
        filter.statuses = statuses
        #expect(try store.total(filter) == ids.count)
        filter.require(.text(.query, "user"))
        #expect(try store.total(filter) == ids.count { $0 != Account.owner.id })
        filter.scope = .organization("acme")
        #expect(try store.total(filter) == ids.count { $0 != Account.owner.id })
      }
    }
  }

  @Test(
    "Deleted accounts sort among the others", arguments: StoreKind.allCases, SortKey.allCases)
  func sorting(kind: StoreKind, sort: SortKey) throws {
    try kind.withStore { store in
      let users = (1...6).map { n in Account.make(n) { $0.updatedAt = Sample.time(Int64(n)) } }
      try store.put(users)
      for user in users where user.id.tail.isMultiple(of: 2) {
        _ = try delete(user, store, at: user.id.tail)
      }
      let expected = users.map(\.id)
      for order in SortOrder.allCases {
        var seen: [UserID] = []
        var filter = Filter(scope: .organization("acme"))
        filter.statuses = [.active, .deleted]
        var query = PageQuery(filter: filter, sort: sort, order: order, limit: 2)
        while true {
          let page = try store.page(query)
          seen += page.users.map(\.id)
          guard page.hasMore, let last = page.users.last else { break }
          query.after = PackedUser(last).withRow { Position(of: $0, by: sort) }
        }
        #expect(seen == (order == .ascending ? expected : expected.reversed()))
      }
    }
  }

  @Test(
    "The store keeps tokens after a soft deletion; removal deletes tokens and password",
    arguments: StoreKind.allCases)
  func credentials(kind: StoreKind) throws {
    try kind.withStore { store in
      try store.put([ada])
      try store.writing {
        try store.insert(Sample.token(1, of: ada))
        try store.setPassword(Sample.password(1, of: ada), of: ada.id)
      }
      let deleted = try delete(ada, store)
      #expect(try store.reading { try store.tokens(of: ada.id) } == [Sample.token(1, of: ada)])
      try store.writing { try store.remove(PackedUser(deleted)) }
      #expect(try store.user(.id(ada.id)) == nil)
      #expect(try store.reading { try store.tokens(of: ada.id) } == [])
      #expect(try store.reading { try store.password(of: ada.id) } == nil)
      #expect(try list(store, [.deleted]) == [])
    }
  }
}
