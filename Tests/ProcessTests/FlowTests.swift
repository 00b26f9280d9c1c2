import Foundation
import TestSupport
import Testing

/// Clients that write much, read late, or send invalid input.
@Suite struct FlowTests {
  private static let memory = ["serve", "--store", "memory", "--as", "ada@example.com"]
  private static let one = #"{"jsonrpc":"2.0","id":1,"result":1}"#
  private static let count = #"{"jsonrpc":"2.0","id":1,"method":"users.count"}"#

  @Test("A client that writes 20 MB before it reads gets every reply, in order")
  func answersWhoReadsLate() throws {
    let server = try RosterProcess(Self.memory)
    let space = String(repeating: " ", count: 1000)
    let requests = (0..<20_000).map {
      #"{"jsonrpc":"2.0","id":\#($0),"method":"users.get","params":["ada@example.com"]}"# + space
    }
    let bytes = Array((requests.joined(separator: "\n") + "\n").utf8)
    #expect(bytes.count > 20_000_000)
    try server.write(bytes, takingReplies: false)
    server.closeInput()
    let replies = try server.readToEnd().split(separator: 0x0A)
    #expect(replies.count == requests.count)
    for (id, reply) in replies.enumerated() {
      #expect(reply.starts(with: Array(#"{"jsonrpc":"2.0","id":\#(id),"result":{"#.utf8)))
    }
    #expect(try server.waitForExit() == .exited(0))
  }

  /// A server whose one account makes a reply of 16 kB.
  private func serverOfLargeReplies() throws -> RosterProcess {
    let server = try RosterProcess(Self.memory)
    let large = #"{"metadata":{"a":"\#(String(repeating: "x", count: 16_000))"},"#
    let changed = try server.call("users.update", large + #""user_id":"ada@example.com"}"#)
    #expect(changed.hasPrefix("\"result\""))
    return server
  }

  /// Requests of some hundred bytes, each for a large reply.
  private func requests(_ ids: Range<Int>) -> [UInt8] {
    let space = String(repeating: " ", count: 300)
    let lines = ids.map {
      #"{"jsonrpc":"2.0","id":\#($0),"method":"users.get","params":["ada@example.com"]}"# + space
    }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  private func checkOrder(_ output: [UInt8], count: Int) {
    let replies = output.split(separator: 0x0A)
    #expect(replies.count == count)
    for (id, reply) in replies.enumerated() {
      #expect(reply.starts(with: Array(#"{"jsonrpc":"2.0","id":\#(id),"result":{"#.utf8)))
    }
  }

  @Test("Unread replies are held up to a limit; at the limit the server stops reading input")
  func pushesBack() throws {
    let server = try serverOfLargeReplies()
    // 256 MB of replies to some megabytes of requests.
    let bytes = requests(0..<16_000)
    let taken = try server.writeWhileTaken(bytes, stalledSeconds: 3)
    #expect(taken < bytes.count)
    #expect(try server.memoryKib() < 220 << 10)
    try server.write(Array(bytes[taken...]))
    server.closeInput()
    checkOrder(try server.readToEnd(), count: 16_000)
    #expect(try server.waitForExit() == .exited(0))
  }

  @Test("Requests that were read while replies waited are answered even if the input ends")
  func answersWhatItTook() throws {
    let server = try serverOfLargeReplies()
    let bytes = requests(0..<16_000)
    let taken = try server.writeWhileTaken(bytes, stalledSeconds: 3)
    server.closeInput()
    let count = bytes[..<taken].count { $0 == 0x0A }
    let output = try server.readToEnd()
    // A last line that was cut gets a reply too.
    let isCut = bytes[taken - 1] != 0x0A
    #expect(output.count { $0 == 0x0A } == count + (isCut ? 1 : 0))
    #expect(try server.waitForExit() == .exited(0))
  }

  @Test("A client that always reads late costs no more memory than one that reads nothing")
  func holdsNoOldReplies() throws {
    let server = try serverOfLargeReplies()
    try server.write(requests(0..<1500), takingReplies: false)
    // There are always unread replies: 300 MB pass, 50 MB wait.
    for round in 1..<13 {
      try server.write(requests(round * 1500..<(round + 1) * 1500), takingReplies: false)
      try server.waitUntilIdle()
      for id in (round - 1) * 1500..<round * 1500 {
        let reply = try #require(try server.readLine())
        #expect(reply.hasPrefix(#"{"jsonrpc":"2.0","id":\#(id),"#))
      }
    }
    #expect(try server.memoryKib() < 220 << 10)
    server.closeInput()
    #expect(try server.readToEnd().count { $0 == 0x0A } == 1500)
  }

  @Test("A line of 100 MiB gets a 413 and is not held in memory, and the next line works")
  func refusesHugeLines() throws {
    let server = try RosterProcess(Self.memory)
    let megabyte = [UInt8](repeating: 0x78, count: 1 << 20)
    for _ in 0..<100 { try server.write(megabyte) }
    let reply = try server.ask("")
    #expect(reply.hasPrefix(#"{"jsonrpc":"2.0","id":null,"error":{"code":413,"#))
    #expect(try server.ask(Self.count) == Self.one)
    #expect(try server.memoryKib() < 64 << 10)
  }

  @Test("A line of 4 MiB of brackets is a parse error, and the next line works")
  func refusesDeepLines() throws {
    let server = try RosterProcess(Self.memory)
    let reply = try server.ask(String(repeating: "[", count: 4 << 20))
    #expect(reply.contains("-32700"))
    #expect(try server.ask(Self.count) == Self.one)
  }

  @Test("The server writes only replies to standard output, whatever the input")
  func writesOnlyReplies() throws {
    let server = try RosterProcess(Self.memory, environment: ["ROSTER_LOG": "debug"])
    var random = SeededRandom(seed: 5)
    let seed = Array(Self.count.utf8)
    for round in 0..<3000 {
      var line = seed
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        line[Int.random(in: 0..<line.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      // The reply to each sentinel shows that the server still runs.
      let sentinel = #"{"jsonrpc":"2.0","id":"s\#(round)","method":"users.count"}"#
      try server.write(line + Array(("\n" + sentinel + "\n").utf8))
    }
    server.closeInput()
    var sentinels = 0
    for line in try server.readToEnd().split(separator: 0x0A) {
      let value = try JSONSerialization.jsonObject(with: Data(line))
      let object = try #require(value as? [String: Any])
      #expect(object["jsonrpc"] as? String == "2.0")
      if let id = object["id"] as? String, id == "s\(sentinels)" { sentinels += 1 }
    }
    #expect(sentinels == 3000)
    #expect(try server.waitForExit() == .exited(0))
  }

  @Test("Descriptor 1 points to standard error while the server runs")
  func keepsOutputAside() throws {
    let server = try RosterProcess(Self.memory)
    #expect(try server.ask(Self.count) == Self.one)
    let links = try (1...2).map {
      try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(server.pid)/fd/\($0)")
    }
    #expect(links[0] == links[1])
  }

  @Test("Unread log lines never block a reply")
  func neverWaitsForErrors() throws {
    let pipe = try PipeEnds()
    defer {
      close(pipe.readEnd)
      close(pipe.writeEnd)
    }
    let server = try RosterProcess(
      Self.memory, environment: ["ROSTER_LOG": "debug"], errors: .descriptor(pipe.writeEnd))
    let refused = #"{"jsonrpc":"2.0","method":"users.nothing"}"# + "\n"
    // Twice as much as a pipe can hold.
    for _ in 0..<4 { try server.write(String(repeating: refused, count: 1000)) }
    #expect(try server.ask(Self.count) == Self.one)
    server.closeInput()
    #expect(try server.waitForExit() == .exited(0))
  }

  @Test("Log lines contain no params and no raw input")
  func logsNoSecrets() throws {
    let server = try RosterProcess(Self.memory, environment: ["ROSTER_LOG": "debug"])
    let canary = "canary-7f3a"
    for line in [
      #"{"jsonrpc":"2.0","method":"users.get","params":{"\#(canary)":1}}"#,
      #"{"jsonrpc":"2.0","method":"users.get","params":["\#(canary)"]}"#,
      #"{"jsonrpc":"2.0","method":"\#(canary)"}"#, #"{"\#(canary)"}"#, canary,
      #"{"jsonrpc":"2.0","id":"\#(canary)","result":"\#(canary)"}"#,
    ] { try server.write(line + "\n") }
    server.closeInput()
    _ = try server.readToEnd()
    #expect(try server.waitForExit() == .exited(0))
    #expect(!server.errorText.isEmpty)
    #expect(!server.errorText.contains(canary))
  }

  @Test("The server works over sockets and files as well as over pipes")
  func servesOtherStreams() throws {
    var ends: [Int32] = [0, 0]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let server = try RosterProcess(
      Self.memory, input: .descriptor(ends[1]), output: .descriptor(ends[1]))
    close(ends[1])
    let line = Array((Self.count + "\n").utf8)
    #expect(write(ends[0], line, line.count) == line.count)
    var reply = [UInt8](repeating: 0, count: 1000)
    let count = read(ends[0], &reply, reply.count)
    #expect(String(decoding: reply.prefix(max(count, 0)), as: UTF8.self) == Self.one + "\n")
    close(ends[0])
    #expect(try server.waitForExit() == .exited(0))

    let folder = try TemporaryFolder()
    let input = open(try folder.write("in", Self.count + "\n" + Self.count), O_RDONLY)
    let output = open(folder.file("out"), O_WRONLY | O_CREAT, 0o600)
    defer {
      close(input)
      close(output)
    }
    let second = try RosterProcess(
      Self.memory, input: .descriptor(input), output: .descriptor(output))
    #expect(try second.waitForExit() == .exited(0))
    let text = String(decoding: try folder.bytes("out"), as: UTF8.self)
    #expect(text == Self.one + "\n" + Self.one + "\n")
  }
}
