import Foundation
import TestSupport

/// Imports a file into a new store and reads the accounts that exist afterwards.
struct Bringing {
  let result: CommandResult
  /// The accounts other than the owner, sorted by email.
  let users: [[String: Any]]
  let store: StoreFolder

  init(_ content: [UInt8], as name: String = "people.csv", _ options: [String] = []) throws {
    store = try StoreFolder()
    let file = try store.folder.write(name, content)
    result = try roster(["import", file, "--store", store.store] + options)
    users = try Self.users(of: store, "--deleted")
  }

  init(_ text: String, as name: String = "people.csv", _ options: [String] = []) throws {
    try self.init(Array(text.utf8), as: name, options)
  }

  static func users(of store: StoreFolder, _ options: String...) throws -> [[String: Any]] {
    let lines = try roster(["export", "--store", store.store] + options).lines
    let all = try lines.map { line in
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
    }
    return all.filter { $0["email"] as? String != StoreFolder.owner }
      .sorted { ($0["email"] as? String ?? "") < ($1["email"] as? String ?? "") }
  }

  /// One field of all accounts; "-" where it is not text.
  func texts(_ member: String) -> [String] { users.map { $0[member] as? String ?? "-" } }

  var summary: String { result.text.trimmingCharacters(in: .newlines) }
}
