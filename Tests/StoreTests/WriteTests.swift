import Foundation
import SQLiteUserStore
import Testing
import UserMethods
import Users

/// Writes to a store file that leave no trace in what it returns, only in the file.
@Suite final class WriteTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  private var path: String { folder.appending(path: "users.db").path }
  private let ada = Account.make(1) { $0.name = "Ada" }
  private let bob = Account.make(2) { $0.name = "Bob" }

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try SQLiteUserStore.create(path: path, owner: Account.owner)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// What the process does next that undid a transaction.
  enum Next: CaseIterable { case reads, writes, undoesAgain, closes }

  @Test(
    "What an undone transaction had written to the log never replaces a later commit",
    arguments: Next.allCases, [32, 40, 60])
  func undone(next: Next, count: Int) throws {
    // The page cache holds 2 MiB: what does not fit is written before the transaction ends.
    var other: SQLiteUserStore? = try SQLiteUserStore(path: path)
    var store: SQLiteUserStore? = try SQLiteUserStore(path: path)
    try undo(store, count)
    // A commit that covers in the log what the other transaction wrote there.
    try other?.put([ada, bob] + (0..<count).map { Self.large(20_000 + $0) })
    switch next {
    case .reads: #expect(try store?.user(.id(ada.id))?.name == "Ada")
    case .writes: try store?.put([Account.make(3)])
    case .undoesAgain: try undo(store, count)
    case .closes: break
    }
    store = nil
    other = nil
    for user in [ada, bob] {
      #expect(try SQLiteUserStore(path: path).user(.id(user.id))?.name == user.name)
    }
    expectSound()
  }

  @Test(
    "The index for searches is right after changes during an import, and after one that failed")
  func imports() throws {
    let users = (1...200).map { n in Account.make(n) { $0.name = "Former \(n)" } }
    let changed = users.map { user in
      var user = user
      user.name = "Renamed"
      return user
    }
    do {
      let store = try SQLiteUserStore(path: path)
      try store.beginWrite()
      _ = try store.beginImport()
      for user in users { try store.insert(PackedUser(user)) }
      store.rollback()
      try store.put(users)
      try store.writing {
        let leavesIndexes = try store.beginImport()
        #expect(leavesIndexes)
        for (old, new) in zip(users, changed).prefix(120) {
          try store.replace(PackedUser(old), with: PackedUser(new))
        }
        try store.remove(PackedUser(users[190]))
        try store.endImport()
      }
      try store.writing {
        try store.replace(PackedUser(users[150]), with: PackedUser(changed[150]))
      }
    }
    expectSound()
  }

  @Test("Accounts that wait for the index of searches are found, and enter it some at a commit")
  func backlog() throws {
    let users = (1...1_300).map { n in Account.make(n) { $0.name = "Waiting \(n)" } }
    try SQLiteUserStore(path: path).put(users)
    // As after an import that had to end soon.
    let raw = try RawDatabase(path: path)
    try raw.run(
      """
      INSERT INTO user_search (user_search) VALUES ('delete-all');
      UPDATE store_settings SET value = '0' WHERE name = 'indexed_to';
      """)
    var marks: [Int64] = []
    do {
      let store = try SQLiteUserStore(path: path)
      for n in 1...6 {
        try store.put([Account.make(2_000 + n) { $0.name = "Waiting too" }])
        var filter = Filter(scope: .all)
        filter.require(.text(.query, "waiting"))
        #expect(try store.total(filter) == users.count + n)
        let mark = try raw.run("SELECT value FROM store_settings WHERE name = 'indexed_to'")
        marks.append(try #require(Int64(mark[0])))
      }
    }
    // The owner is the first.
    let steps = [319, 639, 959, 1_279].map { users[$0 - 1].id.key }
    // Those that are left by then are few enough to wait.
    #expect(marks == steps + [steps[3], steps[3]])
    expectSound()
  }

  @Test(
    "After its own commit a store knows what it wrote, and notices what another process commits",
    arguments: [true, false])
  func own(isReadingFirst: Bool) throws {
    let one = try SQLiteUserStore(path: path)
    let other = try SQLiteUserStore(path: path)
    try one.put([ada])
    let revision = one.revision
    try one.writing {
      try one.insert(PackedUser(bob))
      try one.append(Sample.event(try one.latestEvent.seq + 1, of: bob))
    }
    #expect(try one.reading { try one.latestEvent.seq } == 2)
    #expect(one.revision == revision)

    let changed = Account.make(1) { $0.email = "Straße@example.com" }
    try other.writing {
      try other.replace(PackedUser(ada), with: PackedUser(changed))
      try other.append(Sample.event(3, of: changed))
      try other.setPolicyText("{}")
      try other.setAttempts(
        Attempts(failures: 1, last: Sample.time(1)), of: Sample.digest(1),
        forgottenBefore: Sample.time(0))
    }
    if isReadingFirst { try one.beginRead() }
    try one.beginWrite()
    #expect(one.revision != revision)
    #expect(try one.latestEvent.seq == 3)
    #expect(try one.policyText == "{}")
    #expect(try one.attempts(of: Sample.digest(1))?.failures == 1)
    let rival = Account.make(7) { $0.email = "STRAßE@example.com" }
    #expect(try one.conflict(of: rival, isNew: true) == .email)
    one.rollback()
  }

  @Test(
    "A damaged index of searches is told as damage, by reads and by writes",
    arguments: [
      "UPDATE user_search_data SET block = x'00' WHERE id = 10",
      "UPDATE user_search_data SET block = x'0000000001' WHERE id = 10",
      "UPDATE user_search_data SET block = x'00' WHERE id > 10",
      "DELETE FROM user_search_data WHERE id = 10", "DELETE FROM user_search_data",
      "UPDATE user_search_config SET v = 99 WHERE k = 'version'", "DELETE FROM user_search_config",
      "DELETE FROM user_search_idx",
    ])
  func damagedIndex(damage: String) throws {
    let users = (1...2_000).map { n in Account.make(n) { $0.name = "Rare \(n)" } }
    try SQLiteUserStore(path: path).put(users)
    try RawDatabase(path: path).run(damage)
    var changed = users[0]
    changed.name = "Changed"
    for query in ["zqx", "zq", "z", "rare 77"] {
      var filter = Filter(scope: .all)
      filter.require(.text(.query, query))
      try isWellOrCorrupt { _ = try $0.page(PageQuery(filter: filter, limit: 5)) }
      try isWellOrCorrupt { _ = try $0.total(filter) }
    }
    try isWellOrCorrupt { store in
      try store.writing { try store.replace(PackedUser(users[0]), with: PackedUser(changed)) }
    }
    try isWellOrCorrupt { store in
      try store.put((1...300).map { Account.make(10_000 + $0) })
    }
  }

  private func isWellOrCorrupt(_ body: (SQLiteUserStore) throws -> Void) throws {
    let store = try SQLiteUserStore(path: path)
    do {
      try body(store)
    } catch StoreError.corrupt {
      store.rollback()
    }
  }

  /// Call this when no store is open: the check opens the file.
  private func expectSound() {
    var problems: [Check] = []
    let isCurrent = IntegrityCheck(path: path) { _ in [] }.run { check in
      if check.status == .fail { problems.append(check) }
    }
    #expect(isCurrent && problems.isEmpty, "\(problems)")
  }

  private func undo(_ store: SQLiteUserStore?, _ count: Int) throws {
    try store?.beginWrite()
    for n in 0..<count { try store?.insert(PackedUser(Self.large(10_000 + n))) }
    store?.rollback()
  }

  /// An account of 17 pages.
  private static func large(_ n: Int) -> User {
    Account.make(n) { user in
      user.metadata = "{\"text\":\"\(String(repeating: "x", count: 64 << 10))\"}"
    }
  }
}
