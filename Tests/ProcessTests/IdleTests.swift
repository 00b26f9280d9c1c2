import Foundation
import TestSupport
import Testing

/// Servers that have nothing to do: nothing wakes them, and everything that should does.
@Suite struct IdleTests {
  private let store: StoreFolder

  init() throws { store = try StoreFolder() }

  /// A server that is subscribed to events and sleeps.
  private func sleeper(_ options: String...) throws -> RosterProcess {
    let server = try RosterProcess(
      ["serve", "--store", store.store, "--as", StoreFolder.owner] + options)
    #expect(try server.call("users.subscribe").hasPrefix(#""result""#))
    try #require(try server.fallsAsleep())
    return server
  }

  private func expectCreation(_ email: String, toldBy server: RosterProcess) throws {
    let line = try #require(try server.readLine())
    #expect(line.contains(#""users.event""#) && line.contains(email), "\(line)")
  }

  private func expectEnd(of server: RosterProcess) throws {
    server.closeInput()
    #expect(try server.readToEnd().isEmpty)
    #expect(try server.waitForExit() == .exited(0))
  }

  @Test(
    "Nothing wakes a server without a request", arguments: ["memory", "file"], [false, true])
  func sleeps(_ kind: String, isSubscribed: Bool) throws {
    let server = try RosterProcess(
      [
        "serve", "--store", kind == "file" ? store.store : kind, "--as", StoreFolder.owner,
      ])
    let method = isSubscribed ? "users.subscribe" : "users.count"
    #expect(try server.call(method).hasPrefix(#""result""#))
    #expect(try server.fallsAsleep())
    #expect(try server.call("users.count") == #""result":1"#)
    #expect(try server.fallsAsleep())
    try expectEnd(of: server)
  }

  @Test("Nothing wakes roster watch before the next event") func watches() throws {
    let watch = try RosterProcess(
      ["watch", "--store", store.store, "--as", StoreFolder.owner, "-o", "jsonl"])
    #expect(try watch.fallsAsleep())
    try store.add("bo@example.com", "org_id=o")
    #expect(try watch.readLine()?.contains("bo@example.com") == true)
    #expect(try watch.fallsAsleep())
    watch.send(signal: SIGTERM)
    #expect(try watch.waitForExit() == .exited(0))
  }

  // MARK: Commits of other processes

  @Test("A sleeping subscriber is told of each commit, and sleeps again") func tells() throws {
    let server = try sleeper()
    for email in ["bo@example.com", "cy@example.com"] {
      try store.add(email, "org_id=o")
      try expectCreation(email, toldBy: server)
      #expect(try server.fallsAsleep())
      // This process empties the log, because no other one reads from it.
      let dry = try roster(
        "call", "--store", store.store, "--as", StoreFolder.owner, "users.update", email,
        "name=Other", "dry_run=true")
      #expect(dry.status == .exited(0), "\(dry.errors)")
      #expect(try store.folder.bytes("users.db-wal").isEmpty)
    }
    try expectEnd(of: server)
  }

  @Test("A subscriber is told each of many commits, during which the log begins again")
  func tellsMany() throws {
    let (server, writer) = (try sleeper(), try store.serve())
    // Some thousand pages: several times as many as the log takes before a checkpoint.
    for at in 0..<400 {
      let email = "u\(at)@example.com"
      let made = try writer.call(
        "users.create", #"{"email":"\#(email)","name":"U","org_id":"o"}"#)
      #expect(made.hasPrefix(#""result""#))
      try expectCreation(email, toldBy: server)
    }
    try expectEnd(of: writer)
    try expectEnd(of: server)
  }

  @Test("A sleeping subscriber is told of a commit whose process was killed right after it")
  func tellsOfKilled() throws {
    let server = try sleeper()
    let words = ["call", "--store", store.store, "--as", StoreFolder.owner]
    let call = try RosterProcess(
      words + ["users.create", "email=bo@example.com", "name=Bo", "org_id=o"],
      program: RosterBinary.besideThisProgram, environment: ["ROSTER_FAILPOINT": "committed"])
    try #require(try call.waitForExit() == .signaled(SIGKILL))
    try expectCreation("bo@example.com", toldBy: server)
    try expectEnd(of: server)
  }

  @Test("A sleeping subscriber is told that a backup was restored") func tellsOfRestoration()
    throws
  {
    let backup = store.folder.file("backup.db")
    #expect(try roster("backup", backup, "--store", store.store).status == .exited(0))
    let server = try sleeper()
    let restored = try roster("restore", backup, "--store", store.store, "--yes")
    #expect(restored.status == .exited(0), "\(restored.errors)")
    #expect(try server.readLine()?.contains("users.subscription_ended") == true)
    #expect(try server.call("users.subscribe").hasPrefix(#""result""#))
    #expect(try server.fallsAsleep())
    try store.add("bo@example.com", "org_id=o")
    try expectCreation("bo@example.com", toldBy: server)
    try expectEnd(of: server)
  }

  @Test("A sleeping subscriber is told of commits after the lock's file was removed")
  func tellsWithAnotherLock() throws {
    let lock = store.folder.file("users.db-lock")
    unlink(lock)
    let server = try sleeper()
    for email in ["bo@example.com", "cy@example.com"] {
      unlink(lock)
      try store.add(email, "org_id=o")
      try expectCreation(email, toldBy: server)
    }
    #expect(try server.fallsAsleep())
    try expectEnd(of: server)
  }

  @Test("A subscriber that gets no watch is told too, and sleeps once it gets one")
  func tellsWithoutWatch() throws {
    let server = try store.serve()
    #expect(try server.call("users.count") == #""result":1"#)
    func limitFiles(to count: Int) throws {
      let limit = try RosterProcess(
        ["--pid", "\(server.pid)", "--nofile=\(count):"], program: "/usr/bin/prlimit")
      #expect(try limit.waitForExit() == .exited(0), "\(limit.errorText)")
    }
    // The files that are open stay open, but no other can be opened.
    try limitFiles(to: 5)
    #expect(try server.call("users.subscribe").hasPrefix(#""result""#))
    #expect(try !server.fallsAsleep(within: 4))
    try store.add("bo@example.com", "org_id=o")
    try expectCreation("bo@example.com", toldBy: server)
    try limitFiles(to: 256)
    #expect(try server.fallsAsleep())
    try store.add("cy@example.com", "org_id=o")
    try expectCreation("cy@example.com", toldBy: server)
    try expectEnd(of: server)
  }

  // MARK: Work that was left, and ends

  @Test("The use of a token is recorded without another request if the store was locked")
  func recordsUse() throws {
    let made = try roster(
      "token", "create", "--name", "t", "--user", StoreFolder.owner, "--store", store.store,
      "--as", StoreFolder.owner)
    let token = made.text.trimmingCharacters(in: .whitespacesAndNewlines)
    let lock = open(store.folder.file("users.db-lock"), O_RDWR | O_CLOEXEC)
    #expect(flock(lock, LOCK_EX) == 0)
    let server = try RosterProcess(
      ["serve", "--store", store.store], environment: ["ROSTER_TOKEN": token])
    #expect(try server.call("users.count") == #""result":1"#)
    #expect(try !server.fallsAsleep(within: 4))
    close(lock)
    #expect(try server.fallsAsleep())
    let tokens = try roster(
      "call", "users.list_tokens", StoreFolder.owner, "--store", store.store, "--as",
      StoreFolder.owner, "-o", "json")
    #expect(!tokens.text.contains(#""last_used":null"#), "\(tokens.text)")
    try expectEnd(of: server)
  }

  @Test("A signal ends a sleeping server", arguments: [SIGTERM, SIGINT])
  func endsOnSignals(_ signal: Int32) throws {
    let server = try sleeper()
    server.send(signal: signal)
    #expect(try server.waitForExit() == .exited(0))
  }

  @Test("The end of its client's process ends a sleeping server") func endsWithItsClient() throws {
    let client = try RosterProcess([], program: "/bin/cat")
    let server = try sleeper("--clientProcessId", "\(client.pid)")
    client.closeInput()
    #expect(try client.waitForExit() == .exited(0))
    #expect(try server.waitForExit() == .exited(0))
  }
}
