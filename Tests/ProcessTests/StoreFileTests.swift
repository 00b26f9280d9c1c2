import Foundation
import TestSupport
import Testing

/// Paths without a store, or with a file that must not be changed.
@Suite struct StoreFileTests {
  /// A file made from the bytes of a valid store, and a part of the error for it.
  struct Row: CustomStringConvertible, Sendable {
    let description: String
    let told: String
    let change: @Sendable (inout [UInt8]) -> Void

    init(
      _ description: String, _ told: String,
      _ change: @escaping @Sendable (inout [UInt8]) -> Void
    ) {
      self.description = description
      self.told = told
      self.change = change
    }
  }

  static let rows = [
    Row("a text", "is not a Roster store") { $0 = Array("email,name\n".utf8) },
    Row("a long text", "is not a Roster store") { $0 = Array(repeating: 0x78, count: 8192) },
    Row("the beginning of a store", "is not a Roster store") { $0.removeLast($0.count - 50) },
    Row("zeroes", "is not a Roster store") { $0 = Array(repeating: 0, count: 4096) },
    Row("another application's database", "of another application") {
      $0.replaceSubrange(68..<72, with: [0x00, 0x00, 0x00, 0x01])
    },
    Row("a database that tells no application", "of another application") {
      $0.replaceSubrange(68..<72, with: [0, 0, 0, 0])
    },
    Row("a newer store", "newer Roster") { $0.replaceSubrange(60..<64, with: [0, 0, 0x03, 0xE7]) },
    Row("a store cut short", "damaged") { $0.removeLast(4096) },
  ]

  private static let verbs = [
    ["serve"], ["export"], ["call", "users.count"], ["import", "/dev/null"],
    ["init", "--owner", "eve@example.com"],
  ]

  @Test("A file that is not a valid store is refused and does not change", arguments: rows, verbs)
  func leavesOthersAlone(_ row: Row, _ words: [String]) throws {
    let store = try StoreFolder()
    var bytes = try store.folder.bytes("users.db")
    row.change(&bytes)
    let folder = try TemporaryFolder()
    let path = try folder.write("some.db", bytes)
    let result = try roster(words + ["--store", "file:" + path])
    #expect(result.output.isEmpty)
    #expect(result.status == .exited(1))
    #expect(result.errors.contains(path))
    #expect(result.errors.contains(row.told), "\(result.errors)")
    #expect(try folder.bytes("some.db") == bytes)
    // init may have made its lock file, but no file of SQLite exists.
    #expect(try folder.names().filter { $0 != "some.db-lock" } == ["some.db"])
  }

  @Test("A folder is not a store", arguments: verbs)
  func refusesFolders(_ words: [String]) throws {
    let folder = try TemporaryFolder()
    try check(words, folder.path, "is a directory")
    #expect(try folder.names().isEmpty)
  }

  @Test("A pipe or a device is not a store", arguments: ["/dev/null", "fifo"])
  func refusesDevices(_ name: String) throws {
    let folder = try TemporaryFolder()
    let path = name == "fifo" ? folder.file(name) : name
    if name == "fifo" { #expect(mkfifo(path, 0o600) == 0) }
    try check(["serve"], path, "is not a regular file")
  }

  @Test("Only init makes a missing store", arguments: verbs.dropLast())
  func makesNothing(_ words: [String]) throws {
    let folder = try TemporaryFolder()
    try check(words, folder.file("users.db"), "does not exist")
    try check(words, folder.file("no/users.db"), "does not exist")
    #expect(try folder.names().isEmpty)
  }

  @Test("A path with a file in place of a folder is refused")
  func refusesPathsThroughFiles() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("file", "") + "/users.db"
    try check(["serve"], path, path)
  }

  @Test("An empty file is refused as a store until init makes it one")
  func fillsEmptyFiles() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("users.db", "")
    try check(["serve"], path, "is empty")
    #expect(try folder.bytes("users.db").isEmpty)
    let made = try roster("init", "--store", "file:" + path, "--owner", "ada@example.com")
    #expect(made.status == .exited(0))
    #expect(try roster("export", "--store", "file:" + path).lines.count == 1)
  }

  @Test(
    "A file without read permission is refused",
    .enabled(if: geteuid() != 0, "permissions don't hold root"), arguments: verbs)
  func refusesUnreadableFiles(_ words: [String]) throws {
    let store = try StoreFolder()
    let path = store.folder.file("users.db")
    let before = try store.folder.bytes("users.db")
    #expect(chmod(path, 0) == 0)
    try check(words, path, "can't be read")
    #expect(chmod(path, 0o600) == 0)
    #expect(try store.folder.bytes("users.db") == before)
  }

  private func check(_ words: [String], _ path: String, _ told: String) throws {
    let result = try roster(words + ["--store", "file:" + path])
    #expect(result.output.isEmpty)
    #expect(result.status == .exited(1))
    #expect(result.errors.contains(told), "\(result.errors)")
  }
}
