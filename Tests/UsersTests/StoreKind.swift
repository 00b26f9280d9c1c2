import Foundation
import PostgresUserStore
import SQLiteUserStore
import TestSupport
import Users

/// The stores that rights are tested on.
enum StoreKind: String, CaseIterable {
  case memory, file, postgres

  /// Passes stores of this kind to `body`.
  func withStores(_ body: (any StoreSource) throws -> Void) throws {
    switch self {
    case .memory: try body(NewStores())
    case .file:
      let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let path = folder.appending(path: "users.db").path
      try SQLiteUserStore.create(path: path, owner: first)
      try body(OneStore(store: SQLiteUserStore(path: path)))
    case .postgres:
      let address = try ServerAddress(TestServer.newStore())
      try PostgresUserStore.create(address, owner: first)
      try body(OneStore(store: PostgresUserStore(address)))
    }
  }

  /// The account that a kept store is created with.
  private var first: User {
    var first = User(id: Directory.id(0))
    first.email = "first@good.com"
    first.username = "first@good.com"
    first.name = "First"
    return first
  }
}

/// Gives empty stores, one after the other. The next call ends the use of the store before.
protocol StoreSource {
  associatedtype Store: UserStore

  func next() throws -> Store
}

struct NewStores: StoreSource {
  func next() -> MemoryUserStore { MemoryUserStore() }
}

/// The same store each time, because making one takes long.
private struct OneStore<Store: UserStore>: StoreSource {
  let store: Store

  func next() throws -> Store {
    try store.clear()
    return store
  }
}

extension UserStore {
  /// Removes the policy, all accounts, failed sign-ins, and events but one about nobody.
  fileprivate func clear() throws {
    try beginWrite()
    try setPolicyText(nil)
    var everyone = Filter(scope: .all)
    everyone.statuses = Set(UserStatus.allCases)
    var users: [PackedUser] = []
    let query = PageQuery(filter: everyone, limit: 1000)
    let hasMore = try page(query) { users.append(PackedUser($0)) }
    guard !hasMore else { throw TestFailure("a directory has more than 1,000 accounts") }
    for user in users { try remove(user) }
    let end = Timestamp(milliseconds: 253_402_300_799_000)
    try setAttempts(nil, of: [UInt8](repeating: 0, count: 32), forgottenBefore: end)
    let latest = try latestEvent
    try append(
      Event(
        seq: latest.seq + 1, type: .policyChanged, at: latest.at, actorID: nil, userID: nil,
        email: nil, organizationID: nil, changes: .none))
    while try pruneEvents(before: end, limit: 1000) > 0 {}
    try commit()
  }
}
