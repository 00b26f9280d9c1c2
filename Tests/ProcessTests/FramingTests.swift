import Foundation
import TestSupport
import Testing

/// Clients that send a Content-Length header before each message.
@Suite struct FramingTests {
  private static let memory = ["serve", "--store", "memory", "--as", "ada@example.com"]
  private static let one = #"{"jsonrpc":"2.0","id":1,"result":1}"#

  private static func message(_ body: String) -> [UInt8] {
    Array("Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
  }

  private static func request(_ id: Int, _ method: String, _ params: String = "{}") -> [UInt8] {
    message(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#)
  }

  private static let count = request(1, "users.count")

  /// Reads one reply for each row: with this id, and containing this text.
  private func expect(_ server: RosterProcess, _ replies: [(id: Int, part: String)]) throws {
    for (id, part) in replies {
      let reply = try #require(try server.readMessage())
      #expect(
        reply.hasPrefix(#"{"jsonrpc":"2.0","id":\#(id),"#) && reply.contains(part), "\(reply)")
    }
  }

  @Test("A client that writes 10,000 requests before it reads gets every reply, in order")
  func answersWhoReadsLate() throws {
    let server = try RosterProcess(Self.memory)
    let space = String(repeating: " ", count: 1900)
    let bytes = (0..<10_000).flatMap {
      Self.request($0, "users.get", #"["ada@example.com"]"# + space)
    }
    #expect(bytes.count > 19_000_000)
    try server.write(bytes, takingReplies: false)
    server.closeInput()
    try expect(server, (0..<10_000).map { ($0, #""result":{"id":"#) })
    #expect(try server.readMessage() == nil)
    #expect(try server.waitForExit() == .exited(0))
    #expect(server.errorText.isEmpty)
  }

  @Test("Header names may have any case and order, others are ignored, and lengths are in bytes")
  func readsHeaders() throws {
    let server = try RosterProcess(Self.memory)
    let get = #"{"jsonrpc":"2.0","id":"é€","method":"users.count"}"#
    let length = get.utf8.count
    for header in [
      "content-length:\(length)\r\n\r\n", "c: d\nCONTENT-LENGTH: \(length)\n\n",
      "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: \(length)\r\n\r\n",
      "\r\n\nContent-Length: \(length)\r\nX-Other: Content-Length: 1\r\n\r\n",
    ] {
      try server.write(header + get)
      #expect(try server.readMessage() == #"{"jsonrpc":"2.0","id":"é€","result":1}"#)
    }
  }

  /// The params of an `initialize`, and whether it counts as an editor's when it has a header, and
  /// when it is a line.
  static let hellos: [(params: String, isFramedEditors: Bool, isLinesEditors: Bool)] = [
    ("null", true, false), ("{}", true, false), (#"{"capabilities":{}}"#, true, false),
    (#"{"processId":null}"#, true, true), (#"{"rootUri":null}"#, true, true),
    (#"{"rootPath":"/"}"#, true, true),
    (#"{"protocolVersion":"2025-11-25","capabilities":{},"processId":1}"#, false, false),
  ]

  @Test("A framed initialize is an editor's, unless it names a version of MCP", arguments: hellos)
  func knowsEditors(_ row: (params: String, isFramedEditors: Bool, isLinesEditors: Bool)) throws {
    let request = #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":\#(row.params)}"#
    let editors = #""result":{"capabilities":{},"serverInfo""#
    for mark in ["", "\u{FEFF}"] {
      let framed = try RosterProcess(Self.memory)
      try framed.write(Array(mark.utf8) + Self.message(request))
      let reply = try #require(try framed.readMessage())
      #expect(reply.contains(editors) == row.isFramedEditors, "\(reply)")
      let lines = try RosterProcess(Self.memory)
      let line = try lines.ask(mark + request)
      #expect(line.contains(editors) == row.isLinesEditors, "\(line)")
    }
  }

  @Test("Events have headers, whichever process made the change")
  func framesEvents() throws {
    let store = try StoreFolder()
    let server = try store.serve()
    try server.write(Self.request(1, "users.subscribe"))
    try expect(server, [(1, #""after":1"#)])
    let create = #"{"name":"B","org_id":"o","email":"bo@example.com"}"#
    try server.write(Self.request(2, "users.create", create) + Self.request(3, "users.count"))
    try expect(server, [(2, "bo@example.com"), (3, #""result":2"#)])
    let event = #"{"jsonrpc":"2.0","method":"users.event","params":{"seq":"#
    #expect(try server.readMessage()?.hasPrefix(event + "2,") == true)
    try store.add("cy@example.com", "org_id=o")
    try store.add("di@example.com", "org_id=o")
    for seq in 3...4 {
      #expect(try server.readMessage()?.hasPrefix(event + "\(seq),") == true)
    }
    // Several at once, as after a client reconnects.
    try server.write(Self.request(4, "users.subscribe", "[0]"))
    try expect(server, [(4, #""after":0"#)])
    for seq in 1...4 {
      #expect(try server.readMessage()?.hasPrefix(event + "\(seq),") == true)
    }
    server.closeInput()
    #expect(try server.readMessage() == nil)
    #expect(try server.waitForExit() == .exited(0))
  }

  @Test("The delivery of an email, which is sent after the commit, counts in the reply's length")
  func countsWhatIsFilledIn() throws {
    let store = try StoreFolder()
    let letters = try TemporaryFolder()
    let server = try store.serve(as: StoreFolder.owner, "--mail", "dir:" + letters.path)
    let requests = (0..<20).flatMap {
      Self.request(
        $0, "users.create",
        #"{"name":"B","org_id":"o","email":"b\#($0)@example.com","invite_mode":"email_link"}"#)
        + Self.request(100 + $0, "users.count")
    }
    try server.write(requests)
    for id in 0..<20 {
      try expect(server, [(id, #""delivered":true"#), (100 + id, #""result":\#(id + 2)"#)])
    }
    #expect(try letters.names().count == 20)
    server.closeInput()
    #expect(try server.readMessage() == nil)
  }

  @Test("A request that is repeated in its own transaction gets one reply")
  func answersPostponedRequestsOnce() throws {
    let store = try StoreFolder()
    let server = try store.serve()
    // A password is checked without the store's write lock, which the create before it holds.
    let create = #"{"name":"B","org_id":"o","email":"bo@example.com"}"#
    let signIn = #"{"email":"bo@example.com","password":"wrong password"}"#
    try server.write(
      Self.request(1, "users.create", create) + Self.request(2, "users.authenticate", signIn)
        + Self.request(3, "users.count") + Self.request(4, "users.authenticate", signIn))
    try expect(server, [(1, "\"result\""), (2, "401"), (3, "\"result\":2"), (4, "401")])
    server.closeInput()
    #expect(try server.readMessage() == nil)
  }

  @Test("Replies of a transaction that could not be committed are replaced, with headers")
  func answersUndoneGroups() throws {
    let store = try StoreFolder()
    let server = try store.serve()
    try server.write(Self.count)
    try expect(server, [(1, "\"result\":1")])
    let (file, other) = (store.folder.file("users.db"), store.folder.file("other.db"))
    try FileManager.default.moveItem(atPath: file, toPath: other)
    let create = #"{"name":"B","org_id":"o","email":"bo@example.com"}"#
    try server.write(
      Self.request(2, "users.count") + Self.request(3, "users.create", create)
        + Self.request(4, "server.info") + Self.request(5, "users.create", create)
        + Array("Content-Length: none\r\n".utf8))
    try expect(server, [(2, "503"), (3, "503"), (4, "\"result\""), (5, "503")])
    #expect(try server.readMessage()?.contains("\"reason\":\"header\"") == true)
    #expect(try server.readMessage() == nil)
    #expect(try server.waitForExit() == .exited(1))
  }

  @Test("A body of 100 MiB gets a 413 and is not held in memory, and the next message works")
  func refusesHugeBodies() throws {
    let server = try RosterProcess(Self.memory)
    try server.write("Content-Length: \(100 << 20)\r\n\r\n")
    // The header alone is enough for the reply.
    let reply = try #require(try server.readMessage())
    #expect(reply.hasPrefix(#"{"jsonrpc":"2.0","id":null,"error":{"code":413,"#))
    let megabyte = [UInt8](repeating: 0x78, count: 1 << 20)
    for _ in 0..<100 { try server.write(megabyte) }
    try server.write(Self.count)
    #expect(try server.readMessage() == Self.one)
    #expect(try server.memoryKib() < 64 << 10)
  }

  @Test(
    "After an invalid header the server answers the earlier messages, reports the error and ends",
    arguments: [
      ("Content-Type: x\r\n\r\n", "without a Content-Length"),
      ("Content-Length: -1\r\n", "not a number"), ("Content-Length: ten\r\n", "not a number"),
      ("Content-Length: 99999999999999999999\r\n", "not a number"),
      ("Content-Length: 1\r\nContent-Length: 2\r\n", "second Content-Length"),
      ("{\"jsonrpc\"", "The input is not a header"),
      ("X: " + String(repeating: "x", count: 8192), "longer than 8192 bytes"),
    ])
  func endsAfterBadHeaders(_ header: String, _ words: String) throws {
    let server = try RosterProcess(Self.memory)
    // The text after it that looks like a message is not parsed. The input stays open.
    let smuggled = Self.request(9, "users.delete", #"["ada@example.com"]"#)
    try server.write(Self.count + Self.count + Array(header.utf8) + smuggled)
    for _ in 0..<2 { #expect(try server.readMessage() == Self.one) }
    let reply = try #require(try server.readMessage())
    #expect(reply.hasPrefix(#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"#))
    #expect(reply.contains(words) && reply.contains(#""kind":"parse_error","reason":"header""#))
    #expect(try server.readMessage() == nil)
    #expect(try server.waitForExit() == .exited(1))
    #expect(server.errorText.split(separator: "\n").count == 1)
    #expect(server.errorText.hasPrefix("roster: ") && server.errorText.contains(words))
  }

  @Test("Input that ends within a message is reported, and the server still ends with status 0")
  func endsWithACutMessage() throws {
    for left in 1..<Self.count.count {
      let server = try RosterProcess(Self.memory)
      try server.write(Self.count + Self.count.dropLast(left))
      server.closeInput()
      #expect(try server.readMessage() == Self.one)
      #expect(try server.readMessage()?.contains("ended within a message") == true, "\(left)")
      #expect(try server.readMessage() == nil)
      #expect(try server.waitForExit() == .exited(0))
      #expect(server.errorText.isEmpty)
    }
  }

  @Test("A stop signal ends a server whose client uses headers")
  func endsOnSignals() throws {
    let server = try RosterProcess(Self.memory)
    try server.write(Self.count)
    #expect(try server.readMessage() == Self.one)
    server.send(signal: SIGTERM)
    #expect(try server.waitForExit(within: 10) == .exited(0))
    #expect(try server.readMessage() == nil)
  }
}
