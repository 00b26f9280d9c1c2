import Foundation
import TestSupport
import Testing

/// `roster doctor` on the command line.
@Suite struct DoctorTests {
  private static let names = [
    "versions", "store", "permissions", "file_system", "free_space", "lock", "integrity",
    "accounts", "counts", "search", "identities", "names", "credentials", "expiry", "events",
    "policy",
    "clock", "round_trip",
  ]

  /// The status of each check, by name.
  private func checks(_ result: CommandResult) throws -> [String: String] {
    let report = try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any]
    let checks = report?["checks"] as? [[String: Any]] ?? []
    var found: [String: String] = [:]
    for check in checks {
      let (name, status) = (check["name"] as? String ?? "", check["status"] as? String ?? "")
      #expect((check["detail"] as? String)?.isEmpty == false)
      #expect((check["remedy"] != nil) == (status != "ok"))
      found[name] = status
    }
    let isFailed = found.values.contains("fail")
    #expect(report?["ok"] as? Bool == !isFailed)
    #expect(result.status == .exited(isFailed ? 1 : 0))
    return found
  }

  private func doctor(_ store: StoreFolder, _ words: String...) throws -> CommandResult {
    try roster(["doctor", "--store", store.store] + words)
  }

  @Test("doctor reports ok for every check of a sound store, with or without a server on it")
  func findsNothing() throws {
    let store = try StoreFolder()
    try store.add("bo@example.com", "org_id=acme")
    for isServed in [false, true] {
      let server = isServed ? try store.serve() : nil
      #expect(try server?.call("users.count") ?? #""result":2"# == #""result":2"#)
      let before = try store.folder.bytes("users.db")
      let people = try doctor(store)
      #expect(people.status == .exited(0), "\(people.text)")
      #expect(people.errors.isEmpty)
      #expect(people.lines.map { $0.split(separator: " ")[1] } == Self.names.map { $0[...] })
      for line in people.lines { #expect(line.hasPrefix("ok "), "\(line)") }
      #expect(people.text.contains("all 2 match their checksums"))
      let programs = try doctor(store, "--json")
      #expect(programs.lines.count == 1)
      #expect(try checks(programs).keys.sorted() == Self.names.sorted())
      #expect(try Set(checks(programs).values) == ["ok"])
      #expect(try store.folder.bytes("users.db") == before)
    }
  }

  @Test("doctor reports a missing store with the command that makes one, and makes nothing")
  func tellsHowToBegin() throws {
    let folder = try TemporaryFolder()
    let result = try roster("doctor", "--store", "file:" + folder.file("users.db"))
    #expect(result.status == .exited(1))
    #expect(result.text.contains("FAIL  store"))
    #expect(result.text.contains("roster init --store file:\(folder.file("users.db"))"))
    #expect(result.errors.contains("1 check failed"))
    #expect(try folder.names().isEmpty)
  }

  @Test(
    "doctor reports a file that is not a valid store, and does not change it",
    arguments: StoreFileTests.rows)
  func tellsWhatIsNoStore(_ row: StoreFileTests.Row) throws {
    let store = try StoreFolder()
    var bytes = try store.folder.bytes("users.db")
    row.change(&bytes)
    _ = try store.folder.write("users.db", bytes)
    let result = try doctor(store)
    #expect(result.status == .exited(1))
    #expect(result.text.contains(row.told), "\(result.text)")
    #expect(try checks(doctor(store, "--json"))["store"] == "fail")
    #expect(try store.folder.bytes("users.db") == bytes)
  }

  @Test("A failed check does not keep doctor from running the others")
  func looksOn() throws {
    let store = try StoreFolder()
    #expect(chmod(store.folder.file("users.db"), 0o644) == 0)
    var found = try checks(doctor(store, "--json"))
    #expect(found.removeValue(forKey: "permissions") == "fail")
    #expect(found.count == Self.names.count - 1)
    #expect(Set(found.values) == ["ok"])
    // Checks of the file's location run for a damaged store too.
    var bytes = try store.folder.bytes("users.db")
    bytes.removeLast(4096)
    _ = try store.folder.write("users.db", bytes)
    #expect(chmod(store.folder.file("users.db"), 0o644) == 0)
    found = try checks(doctor(store, "--json"))
    #expect(found["store"] == "fail" && found["permissions"] == "fail")
    #expect(found["lock"] == "ok" && found["free_space"] == "ok")
  }

  @Test("The round trip fails if doctor can't start a process")
  func tellsOfTheRoundTrip() throws {
    let store = try StoreFolder()
    // Enough descriptors for the store, but too few for the pipes to another process.
    let shell = try RosterProcess(
      ["-c", #"ulimit -n 8; exec "$1" doctor --json --store "$2""#, "sh", RosterBinary.path]
        + [store.store], program: "/bin/sh")
    shell.closeInput()
    let output = try shell.readToEnd()
    let status = try shell.waitForExit()
    let found = try checks(
      CommandResult(status: status, output: output, errors: shell.errorText))
    #expect(found["round_trip"] == "fail")
    #expect(found["accounts"] == "ok")
  }
}
