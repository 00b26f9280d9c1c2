import Foundation
import TestSupport
import Testing

/// `roster backup` on the command line.
@Suite struct BackupTests {
  private let store: StoreFolder
  private let folder: TemporaryFolder
  private let copy: String

  init() throws {
    store = try StoreFolder()
    try store.add("bo@example.com", "org_id=acme", #"metadata={"n":1.50}"#)
    folder = try TemporaryFolder()
    copy = folder.file("copy.db")
  }

  private func backUp(to path: String) throws -> CommandResult {
    try roster("backup", path, "--store", store.store)
  }

  private func export(_ path: String) throws -> [UInt8] {
    try roster("export", "--store", "file:" + path).output
  }

  @Test("A backup is one file, readable by its owner only, and a store with the same accounts")
  func isAStore() throws {
    let server = try store.serve()
    let made = try server.call(
      "users.create", #"{"email":"cy@example.com","name":"Cy","org_id":"acme"}"#)
    #expect(made.hasPrefix(#""result":{"#))
    let result = try backUp(to: copy)
    #expect(result.status == .exited(0), "\(result.errors)")
    #expect(result.errors.isEmpty)
    #expect(try folder.names() == ["copy.db"])
    let bytes = try folder.bytes("copy.db").count
    #expect(result.text == #"{"backup":"\#(copy)","bytes":\#(bytes)}"# + "\n")
    var facts = stat()
    #expect(stat(copy, &facts) == 0)
    #expect(facts.st_mode & 0o777 == 0o600)
    #expect(try export(copy) == export(store.folder.file("users.db")))
    let words = ["serve", "--store", "file:" + copy, "--as", StoreFolder.owner]
    #expect(try RosterProcess(words).call("users.count") == #""result":3"#)
  }

  @Test("A backup holds no later change, and can replace the store's file")
  func restores() throws {
    let before = try export(store.folder.file("users.db"))
    #expect(try backUp(to: copy).status == .exited(0))
    try store.add("late@example.com", "org_id=acme")
    for name in try store.folder.names() {
      try FileManager.default.removeItem(atPath: store.folder.file(name))
    }
    try FileManager.default.copyItem(atPath: copy, toPath: store.folder.file("users.db"))
    #expect(try export(store.folder.file("users.db")) == before)
    try store.add("late@example.com", "org_id=acme")
  }

  @Test("A backup to a bare file name is written to the current directory")
  func takesBareNames() throws {
    let shell = try RosterProcess(
      ["-c", #"cd "$1" && "$2" backup copy.db --store "$3""#, "sh", folder.path]
        + [RosterBinary.path, store.store], program: "/bin/sh")
    shell.closeInput()
    let output = String(decoding: try shell.readToEnd(), as: UTF8.self)
    #expect(output.hasPrefix(#"{"backup":"copy.db","#), "\(shell.errorText)")
    #expect(try shell.waitForExit() == .exited(0))
    #expect(try folder.names() == ["copy.db"])
  }

  @Test(
    "A backup overwrites no file",
    arguments: [
      ("file", "exists already"), ("empty", "exists already"), ("link", "exists already"),
      ("folder", "is a directory"), ("folder/", "is a directory"), ("gone.db", "gone.db-wal"),
    ])
  func overwritesNothing(_ name: String, _ told: String) throws {
    _ = try folder.write("file", "precious")
    _ = try folder.write("empty", "")
    _ = try folder.write("gone.db-wal", "a log")
    #expect(mkdir(folder.file("folder"), 0o700) == 0)
    #expect(symlink("nowhere", folder.file("link")) == 0)
    let before = try folder.names()
    let result = try backUp(to: folder.file(name))
    #expect(result.status == .exited(1))
    #expect(result.output.isEmpty)
    #expect(result.errors.contains(told), "\(result.errors)")
    #expect(try folder.names() == before)
    #expect(try folder.bytes("file") == Array("precious".utf8))
  }

  @Test("A backup does not overwrite the store itself")
  func sparesTheStore() throws {
    let path = store.folder.file("users.db")
    #expect(try backUp(to: path).errors.contains("exists already"))
    #expect(try export(path).count > 0)
  }

  @Test("A backup into a missing folder is refused, and does not create the folder")
  func needsTheFolder() throws {
    for path in [folder.file("no/copy.db"), try folder.write("file", "") + "/copy.db"] {
      let result = try backUp(to: path)
      #expect(result.status == .exited(1))
      #expect(result.output.isEmpty)
      #expect(result.errors.contains("\(path) can't be made: its folder"), "\(result.errors)")
      #expect(try !folder.names().contains("no"))
    }
  }

  @Test("A backup leaves the other files of its folder, whatever their names")
  func sparesNeighbours() throws {
    let names = ["-new", "-new-wal", "-new-shm", "-lock"].map { "copy.db" + $0 }
    for name in names { _ = try folder.write(name, "somebody's") }
    #expect(try backUp(to: copy).status == .exited(0))
    #expect(try folder.names() == (names + ["copy.db"]).sorted())
    for name in names { #expect(try folder.bytes(name) == Array("somebody's".utf8)) }
  }

  @Test("A backup removes temporary files older than a minute, unless they are locked")
  func cleansUp() throws {
    let (old, fresh) = (".roster-0123456789ab.new", ".roster-ba9876543210.new")
    var times = [timeval(tv_sec: time(nil) - 90, tv_usec: 0), timeval(tv_sec: 0, tv_usec: 0)]
    times[1] = times[0]
    #expect(utimes(try folder.write(old, "half of something"), times) == 0)
    #expect(utimes(try folder.write(old + "-wal", "its log"), times) == 0)
    _ = try folder.write(fresh, "half of something")
    let locked = ".roster-abcdefghijkl.new"
    let file = open(try folder.write(locked, "slowly made"), O_RDWR)
    defer { close(file) }
    #expect(flock(file, LOCK_EX) == 0)
    #expect(utimes(folder.file(locked), times) == 0)
    #expect(try backUp(to: copy).status == .exited(0))
    #expect(try folder.names() == [locked, fresh, "copy.db"].sorted())
  }

  @Test("A backup of a file that is not a valid store is refused", arguments: StoreFileTests.rows)
  func needsAStore(_ row: StoreFileTests.Row) throws {
    var bytes = try store.folder.bytes("users.db")
    row.change(&bytes)
    let path = try store.folder.write("some.db", bytes)
    let result = try roster("backup", copy, "--store", "file:" + path)
    #expect(result.status == .exited(1))
    #expect(result.output.isEmpty)
    #expect(result.errors.contains(row.told), "\(result.errors)")
    #expect(try store.folder.bytes("some.db") == bytes)
    #expect(try folder.names().isEmpty)
  }

  @Test(
    "A backup of a missing or empty store is refused with a hint to run roster init",
    arguments: ["missing.db", "empty.db"])
  func needsAFile(_ name: String) throws {
    _ = try store.folder.write("empty.db", "")
    let path = store.folder.file(name)
    let result = try roster("backup", copy, "--store", "file:" + path)
    #expect(result.status == .exited(1))
    #expect(result.errors.contains("roster init"), "\(result.errors)")
    #expect(try folder.names().isEmpty)
  }
}
