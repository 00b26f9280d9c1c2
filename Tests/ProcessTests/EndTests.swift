import Foundation
import TestSupport
import Testing

/// How a server ends. The deadlines are several times as long as the documented ones.
@Suite struct EndTests {
  private static let deadlineSeconds = 10.0
  private static let memory = ["serve", "--store", "memory", "--as", "ada@example.com"]

  private static let count = #"{"jsonrpc":"2.0","id":1,"method":"users.count"}"# + "\n"

  @Test("The end of input ends the server after it has sent every reply")
  func endsWithItsInput() throws {
    let server = try RosterProcess(Self.memory)
    let lines = (0..<5000).map { #"{"jsonrpc":"2.0","id":\#($0),"method":"users.count"}"# + "\n" }
    try server.write(lines.joined())
    server.closeInput()
    let replies = String(decoding: try server.readToEnd(), as: UTF8.self).split(separator: "\n")
    #expect(replies.count == lines.count)
    #expect(replies.last == #"{"jsonrpc":"2.0","id":4999,"result":1}"#)
    #expect(try server.waitForExit(within: Self.deadlineSeconds) == .exited(0))
    #expect(server.errorText.isEmpty)
  }

  @Test("A server that received no request also ends with its input")
  func endsWithoutInput() throws {
    let server = try RosterProcess(Self.memory)
    server.closeInput()
    #expect(try server.readToEnd().isEmpty)
    #expect(try server.waitForExit(within: Self.deadlineSeconds) == .exited(0))
  }

  @Test("A stop signal ends a server that waits for input", arguments: [SIGTERM, SIGINT])
  func endsOnSignals(_ signal: Int32) throws {
    let server = try RosterProcess(Self.memory)
    try server.write(Self.count)
    #expect(try server.readLine() != nil)
    server.send(signal: signal)
    #expect(try server.waitForExit(within: Self.deadlineSeconds) == .exited(0))
    #expect(try server.readToEnd().isEmpty)
  }

  @Test(
    "A stop signal ends a server that has just received a request", arguments: [SIGTERM, SIGINT])
  func endsOnEarlySignals(_ signal: Int32) throws {
    for _ in 0..<10 {
      let server = try RosterProcess(Self.memory)
      // After its reply the server may be anywhere between two reads.
      try server.write(Self.count)
      _ = try server.readLine()
      try server.write(Self.count)
      server.send(signal: signal)
      #expect(try server.waitForExit(within: Self.deadlineSeconds) == .exited(0))
    }
  }

  @Test("A stop signal ends a long batch, whose reply holds the entries done by then")
  func endsBatches() throws {
    let server = try RosterProcess(Self.memory)
    let start = #"{"jsonrpc":"2.0","id":"#
    let entries = (1...200).map {
      start + #"\#($0),"method":"users.authenticate","params":["u\#($0)@x.org","wrong horse"]}"#
    }
    try server.write(Self.count + "[\(entries.joined(separator: ","))]\n")
    #expect(try server.readLine() != nil)
    server.send(signal: SIGTERM)
    let reply = try #require(try server.readLine())
    let answered = try JSONSerialization.jsonObject(with: Data(reply.utf8)) as? [Any]
    #expect((1..<200).contains(answered?.count ?? 0))
    #expect(try server.waitForExit(within: Self.deadlineSeconds) == .exited(0))
  }

  @Test("A stop signal ends a server whose replies are not read", arguments: [SIGTERM, SIGINT])
  func endsWhileNobodyReads(_ signal: Int32) throws {
    let server = try RosterProcess(Self.memory)
    // Some megabytes of replies, far more than a pipe can hold.
    let get = #"{"jsonrpc":"2.0","id":1,"method":"users.get","params":["ada@example.com"]}"# + "\n"
    try server.write(Array(String(repeating: get, count: 5000).utf8), takingReplies: false)
    try server.waitUntilIdle()
    server.send(signal: signal)
    let status = try server.waitForExit(within: Self.deadlineSeconds)
    #expect(status == .exited(0) || status == .exited(1))
  }

  @Test(
    "A server ends when its parent dies, even if its input stays open; also one that sleeps",
    arguments: [0, 2])
  func endsWithItsParent(_ idleSeconds: UInt32) throws {
    // The shell is the parent; this test keeps the pipe open.
    let script = "exec 3<&0; \"$0\" serve --store memory --as ada@example.com <&3 3<&- & wait"
    let shell = try RosterProcess(["-c", script, RosterBinary.path], program: "/bin/sh")
    try shell.write(Self.count)
    #expect(try shell.readLine() == #"{"jsonrpc":"2.0","id":1,"result":1}"#)
    sleep(idleSeconds)
    shell.send(signal: SIGKILL)
    // The output ends when the last process that holds it, the server, ends.
    #expect(try shell.readToEnd(within: 20).isEmpty)
    #expect(try shell.waitForExit() == .signaled(SIGKILL))
  }

  @Test("A server that has waited for the store's lock still ends when its parent dies")
  func endsWithItsParentAfterWaiting() throws {
    let store = try StoreFolder()
    let script = "exec 3<&0; \"$0\" serve --store \"$1\" --as ada@example.com <&3 3<&- & wait"
    let shell = try RosterProcess(
      ["-c", script, RosterBinary.path, store.store], program: "/bin/sh")
    #expect(try shell.call("users.count") == #""result":1"#)
    let lock = open(store.folder.file("users.db-lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    #expect(flock(lock, LOCK_EX) == 0)
    let create = #"{"jsonrpc":"2.0","id":1,"method":"users.create","params":{"name":"B","#
    try shell.write(create + #""email":"b@example.com","org_id":"o"}}"# + "\n")
    usleep(300_000)
    close(lock)
    #expect(try shell.readLine()?.contains(#""result""#) == true)
    shell.send(signal: SIGKILL)
    #expect(try shell.readToEnd(within: 20).isEmpty)
    #expect(try shell.waitForExit() == .signaled(SIGKILL))
  }

  @Test("A write to a closed output ends the server normally, not by SIGPIPE")
  func endsWithoutReader() throws {
    let server = try RosterProcess(Self.memory)
    try server.write(Self.count)
    #expect(try server.readLine() != nil)
    server.closeOutput()
    try server.write(Self.count)
    let status = try server.waitForExit(within: Self.deadlineSeconds)
    #expect(status == .exited(0) || status == .exited(1))
  }

  @Test("An idle server does not spin after its output was closed")
  func idlesWithoutReader() throws {
    let server = try RosterProcess(Self.memory)
    try server.write(Self.count)
    #expect(try server.readLine() != nil)
    server.closeOutput()
    let before = try server.cpuSeconds()
    sleep(1)
    #expect(try server.cpuSeconds() - before < 0.3)
  }

  @Test("A server that waits for a slow reader does not spin")
  func idlesBehindASlowReader() throws {
    let server = try RosterProcess(Self.memory)
    let get = #"{"jsonrpc":"2.0","id":1,"method":"users.get","params":["ada@example.com"]}"# + "\n"
    try server.write(Array(String(repeating: get, count: 2000).utf8), takingReplies: false)
    sleep(1)
    let before = try server.cpuSeconds()
    sleep(1)
    #expect(try server.cpuSeconds() - before < 0.3)
    server.closeInput()
    let lines = String(decoding: try server.readToEnd(), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 2000)
    #expect(try server.waitForExit(within: Self.deadlineSeconds) == .exited(0))
  }

  @Test("Without a standard output, serve is refused with a message")
  func needsAnOutput() throws {
    let server = try RosterProcess(Self.memory, output: .closed)
    #expect(try server.waitForExit(within: Self.deadlineSeconds) == .exited(1))
    #expect(server.errorText.contains("standard output is closed"))
  }

  @Test("Without a standard input, serve ends at once with status 0")
  func endsWithoutAnInput() throws {
    let server = try RosterProcess(Self.memory, input: .closed)
    #expect(try server.readToEnd().isEmpty)
    #expect(try server.waitForExit(within: Self.deadlineSeconds) == .exited(0))
  }

  @Test("Without a standard error the server answers, and writes log lines to no other file")
  func servesWithoutErrors() throws {
    let store = try StoreFolder()
    let words = ["serve", "--store", store.store, "--as", StoreFolder.owner]
    let server = try RosterProcess(
      words, environment: ["ROSTER_LOG": "debug"], errors: .closed)
    try server.write(#"{"jsonrpc":"2.0","method":"users.nothing"}"# + "\n")
    #expect(
      try server.ask(#"{"jsonrpc":"2.0","id":1,"result":1}"# + "\n" + Self.count)
        == #"{"jsonrpc":"2.0","id":1,"result":1}"#)
    #expect(
      try server.call("users.create", #"{"email":"b@example.com","name":"B","org_id":"o"}"#)
        .hasPrefix("\"result\""))
    server.closeInput()
    #expect(try server.readToEnd().isEmpty)
    #expect(try server.waitForExit(within: Self.deadlineSeconds) == .exited(0))
    #expect(try roster("export", "--store", store.store).lines.count == 2)
    for name in try store.folder.names() {
      let text = String(decoding: try store.folder.bytes(name), as: UTF8.self)
      #expect(!text.contains("roster: debug"), "\(name)")
    }
  }
}
