import Foundation
import PostgresUserStore
import SQLiteUserStore
import TestSupport
import Testing
import UserMethods
import Users

/// The stores that the suites run on. A further store is one case here and one in `withStore`.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
  case memory, file, postgres

  var testDescription: String { rawValue }

  /// Runs `body` on a new store that holds `Account.owner`.
  func withStore(holding users: [User], _ body: (any UserStore) throws -> Void) throws {
    try withStore { store in
      try store.put(users)
      try body(store)
    }
  }

  func withStore<R>(_ body: (any UserStore) throws -> R) throws -> R {
    switch self {
    case .memory:
      let store = MemoryUserStore()
      try store.insert(PackedUser(Account.owner))
      store.commit()
      return try body(store)
    case .file:
      let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let path = folder.appending(path: "users.db").path
      try SQLiteUserStore.create(path: path, owner: Account.owner)
      return try body(try SQLiteUserStore(path: path))
    case .postgres:
      let address = try ServerAddress(TestServer.newStore())
      try PostgresUserStore.create(address, owner: Account.owner)
      return try body(try PostgresUserStore(address))
    }
  }

  /// The stores that keep accounts beyond their process.
  static let kept: [StoreKind] = [.file, .postgres]
}

/// Accounts for tests.
enum Account {
  static let owner = User(
    owner: UserID(key: 1_700_000_000_000 << 21, tail: 1), email: "owner@example.com", name: "Owner")

  /// The `n`-th account, created a millisecond after the one before.
  static func make(_ n: Int, _ change: (inout User) -> Void = { _ in }) -> User {
    var user = User(id: UserID(key: Int64(1_700_000_000_000 + n) << 21, tail: Int64(n)))
    user.email = "user\(n)@example.com"
    user.username = "user\(n)@example.com"
    user.name = "User \(n)"
    user.organizationID = "acme"
    user.roles = ["member"]
    change(&user)
    return user
  }
}

extension User {
  /// The account after a soft deletion.
  func deleted(at time: Timestamp) -> User {
    var user = self
    user.deletedAt = time
    user.roles = []
    user.oauthProvider = nil
    user.oauthID = nil
    user.flags.insert(.deleted)
    user.flags.subtract([.owner, .superuser])
    return user
  }

  /// The account after it is restored.
  var restored: User {
    var user = self
    user.deletedAt = nil
    user.roles = ["member"]
    user.flags.remove(.deleted)
    return user
  }
}

extension UserStore {
  func put(_ users: [User]) throws {
    try writing { for user in users { try insert(PackedUser(user)) } }
  }

  @discardableResult
  func writing<R>(_ body: () throws -> R) throws -> R {
    try beginWrite()
    let result = try body()
    try commit()
    return result
  }

  func reading<R>(_ body: () throws -> R) throws -> R {
    try beginRead()
    let result = try body()
    try commit()
    return result
  }

  func user(_ reference: UserReference) throws -> User? {
    try reading {
      var user: User?
      _ = try read(reference) { user = User($0) }
      return user
    }
  }

  func page(_ query: PageQuery) throws -> (users: [User], hasMore: Bool) {
    try reading {
      var users: [User] = []
      let hasMore = try page(query) { users.append(User($0)) }
      return (users, hasMore)
    }
  }

  func total(_ filter: Filter) throws -> Int { try reading { try count(filter) } }
}
