import PostgresUserStore
import TestSupport
import Testing
import Users

/// Lookups that are announced to a store and fetched together, and two processes on one store.
@Suite struct ForesightTests {
  /// Two stores as of two processes.
  private func withStores(
    holding users: [User] = [], _ body: (PostgresUserStore, PostgresUserStore) throws -> Void
  ) throws {
    let address = try ServerAddress(TestServer.newStore())
    try PostgresUserStore.create(address, owner: Account.owner)
    let one = try PostgresUserStore(address)
    try one.put(users)
    try body(one, try PostgresUserStore(address))
  }

  private func names(of user: User) -> [Lookup] {
    [.email(user.email ?? ""), .username(user.username)]
  }

  @Test("A name that the transaction itself takes is no longer free")
  func ownNames() throws {
    try withStores { store, _ in
      let (first, second, third) = (
        Account.make(1) { $0.username = "user2@example.com" }, Account.make(2), Account.make(3)
      )
      store.foresee([first, second, third].flatMap(names))
      try store.beginWrite()
      #expect(try store.conflict(of: first, isNew: true) == nil)
      try store.insert(PackedUser(first))
      #expect(try store.conflict(of: second, isNew: true) == .username)
      #expect(
        try store.conflict(of: Account.make(4) { $0.email = first.email }, isNew: true) == .email)
      #expect(try store.conflict(of: third, isNew: true) == nil)
      try store.commit()
    }
  }

  @Test("An announced name that another account holds is taken, and so is its id")
  func takenNames() throws {
    let holder = Account.make(5)
    try withStores(holding: [holder]) { store, _ in
      let heir = Account.make(6) { user in
        user.email = holder.email
        user.username = holder.username
      }
      store.foresee(names(of: heir))
      try store.beginWrite()
      #expect(try store.conflict(of: heir, isNew: true) == .email)
      let twin = Account.make(5) { user in
        user.email = "twin@example.com"
        user.username = "twin@example.com"
      }
      #expect(try store.conflict(of: twin, isNew: true) == .id)
      store.rollback()
    }
  }

  @Test("An announced account is read as the transaction has changed it, also after a rollback")
  func ownChanges() throws {
    let user = Account.make(1)
    try withStores(holding: [user]) { store, _ in
      func name() throws -> String? {
        var name: String?
        _ = try store.read(.id(user.id)) { name = $0.name.string }
        return name
      }
      let changed = Account.make(1) { $0.name = "Changed" }
      store.foresee([.user(.id(user.id)), .user(.email(user.email ?? ""))])
      try store.beginWrite()
      try store.beginSavepoint()
      #expect(try name() == user.name)
      try store.replace(PackedUser(user), with: PackedUser(changed))
      #expect(try name() == "Changed")
      try store.endSavepoint(isKept: false)
      #expect(try name() == user.name)
      try store.replace(PackedUser(user), with: PackedUser(changed))
      try store.commit()
      try store.beginRead()
      #expect(try name() == "Changed")
      try store.commit()
    }
  }

  @Test("A read after the commit of another process is refused, and then sees it")
  func others() throws {
    let user = Account.make(1)
    try withStores(holding: [user]) { store, other in
      try store.beginRead()
      _ = try store.read(.id(user.id)) { _ in }
      try store.commit()
      let before = store.revision
      let changed = Account.make(1) { $0.name = "Changed" }
      try other.writing { try other.replace(PackedUser(user), with: PackedUser(changed)) }
      for announces in [true, false] {
        if announces { store.foresee([.user(.id(user.id))]) }
        do {
          try store.beginRead()
          var name = ""
          _ = try store.read(.id(user.id)) { name = $0.name.string }
          try store.commit()
          #expect(!announces && name == "Changed")
        } catch {
          #expect(announces && (error as? StoreError) == .changed)
          store.rollback()
        }
      }
      #expect(store.revision != before)
    }
  }

  @Test("Only one store writes at a time, and the other one does not wait if it need not")
  func locked() throws {
    try withStores { store, other in
      try store.beginWrite()
      #expect(try !other.beginWriteIfFree())
      try store.insert(PackedUser(Account.make(1)))
      try store.commit()
      #expect(try other.beginWriteIfFree())
      #expect(try other.conflict(of: Account.make(1), isNew: true) == .id)
      try other.commit()
    }
  }
}
