import Contract
import JSON
import Server
import TestSupport
import Testing
import UserMethods
import Users

/// A session answers lines without a server process.
@Suite struct SessionTests {
  private typealias Store = MemoryUserStore

  /// A session whose catalogue has a method with an internal error after it began its result.
  private func session() throws -> Session<Store> {
    let store = Store()
    let failing = Method<StoreAccessControl<Store>>(
      Declaration(
        NoParams.self, "test.fail", "Fails.", access: .open, effect: .read, isIdempotent: true,
        result: .freeObject, examples: [])
    ) { (_, _, out) throws(Failure) in
      out.append("{\"secret\":")
      throw .internalError
    }
    let catalog =
      Catalog(ServerCatalog.make().methods + [failing]) as Catalog<StoreAccessControl<Store>>
    let control = StoreAccessControl(store: store, identity: .anonymous, limits: LaunchLimits())
    return Session(control: control, store: store, catalog: catalog)
  }

  private func answer(_ line: String, _ session: inout Session<Store>) -> String {
    var out = ByteBuffer()
    Array(line.utf8).withUnsafeBufferPointer { session.answer($0, into: &out) }
    return out.string
  }

  @Test("An internal error reveals no internals, and the session goes on")
  func tellsFaults() throws {
    var session = try session()
    let fault = #"{"jsonrpc":"2.0","id":"x","method":"test.fail"}"#
    let reply = answer(fault, &session)
    #expect(reply.hasPrefix(#"{"jsonrpc":"2.0","id":"x","error":{"code":-32603,"message":""#))
    #expect(reply.contains(#""kind":"internal_error""#))
    #expect(!reply.contains("secret"))
    #expect(reply.hasSuffix("}\n"))
    let info = answer(#"{"jsonrpc":"2.0","id":1,"method":"server.info"}"#, &session)
    #expect(info.hasPrefix(#"{"jsonrpc":"2.0","id":1,"result":{"name":"roster""#))
  }

  @Test("An internal error in a batch fails one entry only, and its partial result is dropped")
  func tellsFaultsInBatches() throws {
    var session = try session()
    let unknown = #"{"jsonrpc":"2.0","id":1,"method":"x"}"#
    let fault = #"{"jsonrpc":"2.0","id":2,"method":"test.fail"}"#
    let silent = #"{"jsonrpc":"2.0","method":"test.fail"}"#
    let reply = answer("[\(unknown),\(silent),\(fault),\(silent),\(unknown)]", &session)
    let expected = [(1, -32601), (2, -32603), (1, -32601)]
    #expect(reply.matches(of: /"id":(\d),"error":{"code":(-\d+)/).count == expected.count)
    for (match, (id, code)) in zip(
      reply.matches(of: /"id":(\d),"error":{"code":(-\d+)/), expected)
    {
      #expect(Int(match.1) == id && Int(match.2) == code)
    }
    #expect(!reply.contains("secret"))
    #expect(answer(silent, &session).isEmpty)
    #expect(answer("[\(silent)]", &session).isEmpty)
  }

  @Test("initialize is refused in a batch, and the other entries are answered")
  func initializesAlone() throws {
    var session = try session()
    let initialize =
      #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26"}}"#
    let ping = #"{"jsonrpc":"2.0","id":2,"method":"ping"}"#
    let reply = answer("[\(initialize),\(ping)]", &session)
    #expect(reply.hasPrefix(#"[{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"#))
    #expect(reply.hasSuffix(#",{"jsonrpc":"2.0","id":2,"result":{}}]"# + "\n"))
    #expect(answer(initialize, &session).contains(#""protocolVersion":"2025-03-26""#))
  }

  @Test("A transaction that is answered again discards the exit of its first run")
  func exitsAgain() throws {
    var session = try session()
    let lines = [
      #"{"jsonrpc":"2.0","id":1,"method":"shutdown"}"#, #"{"jsonrpc":"2.0","method":"exit"}"#,
    ]
    session.beginTransaction()
    for line in lines { _ = answer(line, &session) }
    session.beginTransaction(.again(refusingWrites: .internalError))
    let info = answer(#"{"jsonrpc":"2.0","id":1,"method":"server.info"}"#, &session)
    #expect(info.hasPrefix(#"{"jsonrpc":"2.0","id":1,"result":{"#))
  }

  /// JSON-RPC reserves -32768 to -32000. Of these, MCP keeps -32020 to -32099 for itself, and forbids
  /// -32002 and -32042.
  @Test("Error codes are those of JSON-RPC, one of MCP, or outside the reserved range")
  func reservedCodes() {
    let known: Set = [-32700, -32600, -32601, -32602, -32603, -32022]
    for kind in Failure.Kind.allCases {
      #expect(known.contains(kind.code) || kind.code > 0, "\(kind)")
    }
    #expect(Set(Failure.Kind.allCases.map(\.code)).count == Failure.Kind.allCases.count)
  }

  /// Lines of one transaction, and the ids of the replies that are left.
  static let cancellations: [(lines: [String], ids: [String])] = [
    ([ping("1"), cancel("1"), ping("2")], ["2"]),
    ([ping("1"), ping("2"), cancel("1"), cancel("2")], []),
    // An id that is text differs from a number, and is compared as it is spelled.
    ([ping("1"), cancel(#""1""#)], ["1"]),
    ([ping(#""a\"b""#), ping(#""a""#), cancel(#""a\"b""#)], [#""a""#]),
    // A later message with the id is another request.
    ([cancel("1"), ping("1")], ["1"]),
    ([ping("1"), cancel("1"), ping("1")], ["1"]),
    // Notifications, which get no reply, and broken lines do not shift the count.
    ([notification, "{", notification, ping("1"), cancel("1")], ["null"]),
    (
      [
        ping("1"), cancel("7"), cancel("null"),
        #"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#,
      ], ["1"]
    ),
    // A batch is never split, and an LSP request is answered in any case.
    (["[\(ping("1")),\(ping("2"))]", cancel("1")], ["1", "2"]),
    ([ping("1"), #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}"#], ["1"]),
  ]
  private static let notification = #"{"jsonrpc":"2.0","method":"ping"}"#

  private static func ping(_ id: String) -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#
  }

  private static func cancel(_ id: String) -> String {
    #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#
  }

  @Test(
    "A request that is cancelled before its reply is sent gets no reply", arguments: cancellations)
  func cancels(_ row: (lines: [String], ids: [String])) throws {
    var session = try session()
    var out = ByteBuffer()
    out.append("an earlier group\n")
    session.beginTransaction()
    for line in row.lines {
      Array(line.utf8).withUnsafeBufferPointer { session.answer($0, into: &out) }
    }
    #expect(session.endTransaction(into: &out) == nil)
    let ids = out.string.matches(of: /"id":("(?:[^"\\]|\\.)*"|[a-z0-9]+)/).map { String($0.1) }
    #expect(ids == row.ids)
    #expect(out.string.hasPrefix("an earlier group\n") && out.string.hasSuffix("\n"))
  }

  @Test(
    "A lone surrogate in params fails one entry of a batch; elsewhere it fails the whole batch"
  )
  func judgesSurrogates() throws {
    var session = try session()
    func request(_ id: Int, _ more: String) -> String {
      "{\"jsonrpc\":\"2.0\",\"id\":\(id),\"method\":\"server.info\"\(more)}"
    }
    let bad = #","params":{"a":"\ud800"}"#
    let some = "[\(request(1, "")),\(request(2, bad)),\(request(3, ""))]"
    let replies = answer(some, &session)
    #expect(replies.hasPrefix(#"[{"jsonrpc":"2.0","id":1,"result":"#), "\(replies)")
    #expect(replies.contains(#"{"jsonrpc":"2.0","id":2,"error":{"code":-32602,"#), "\(replies)")
    #expect(replies.contains(#"{"jsonrpc":"2.0","id":3,"result":"#), "\(replies)")
    for none in [#","\ud800":1"#, #","id":"\udc00""#, #","x":{"params":"\ud800"}"#] {
      let reply = answer("[\(request(1, "")),\(request(2, none))]", &session)
      #expect(reply.hasPrefix(#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"#), "\(reply)")
    }
    // The next text is not affected.
    #expect(answer(request(4, ""), &session).contains(#""id":4,"result":"#))
  }

  @Test("A reply does not depend on how earlier requests were written")
  func answersAlike() throws {
    let lines = [
      #"{"jsonrpc":"2.0","id":1,"method":"test.fail","params":{}}"#,
      #"{"jsonrpc":"2.0","id":"é","method":"server.info","params":{}}"#,
      #"{"jsonrpc":"2.0","id":2,"method":"server.info","params":{"x":1}}"#,
      #"{"jsonrpc":"2.0","id":3,"method":"users.get","params":{"user_id":"\ud800"}}"#,
      #"{"jsonrpc":"2.0","id":4,"method":"ping","params":{},"id":4}"#,
      #"{"jsonrpc":"2.0","id":5,"method":"ping","params":[]"#,
      #"{"jsonrpc":"2.0","id":true,"method":"ping","params":{}}"#,
      #"{"method":"ping","params":null,"jsonrpc":"2.0","id":6}"#,
      #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"users_get"}}"#,
      #"{"jsonrpc":"2.0","id":"\u0085","method":"nothing","params":{}}"#,
      #"{"jsonrpc":"2.0","method":"ping","params":{}}"#,
      #"{"jsonrpc":"1.0","id":9,"method":"ping","params":{}}"#,
      #"[{"jsonrpc":"2.0","id":8,"method":"ping","params":{}}]"#,
    ]
    for line in lines {
      var fresh = try session()
      let expected = answer(line, &fresh)
      for earlier in lines {
        var used = try session()
        _ = answer(earlier, &used)
        #expect(answer(line, &used) == expected, "\(line) after \(earlier)")
      }
    }
  }

  @Test("Each method of the catalogue is found by its name, also if that has an escape")
  func findsMethods() throws {
    let catalog = ServerCatalog.make() as Catalog<StoreAccessControl<Store>>
    #expect(catalog.methods.count > 20)
    var parser = JSONParser()
    for method in catalog.methods {
      let name = method.description.name.description
      let escaped =
        "\\u" + String(repeating: "0", count: 2)
        + String(name.utf8.first ?? 0, radix: 16) + name.dropFirst()
      for (text, isFound) in [(name, true), (escaped, true), (name + "x", false), ("", false)] {
        try Array("\"\(text)\"".utf8).withUnsafeBufferPointer { bytes in
          let found = catalog.method(named: try parser.parse(bytes))
          #expect((found === method) == isFound, "\(text)")
        }
      }
    }
  }
}
