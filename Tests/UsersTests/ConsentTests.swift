import Contract
import JSON
import Secrets
import Server
import Testing

@testable import UserMethods
@testable import Users

/// An agent's host, with or without a way to ask a person.
private struct Host {
  enum Way: CaseIterable {
    /// The host can't ask.
    case none
    /// By the request `elicitation/create`, as in MCP 2025-06-18 and later.
    case request
    /// By a result that asks for input, as in MCP 2026-07-28 and later.
    case result
  }

  let client: Client
  let way: Way

  init(_ client: Client, _ way: Way) {
    (self.client, self.way) = (client, way)
    let capabilities = way == .request ? #"{"elicitation":{}}"# : "{}"
    let params = #"{"protocolVersion":"2025-11-25","capabilities":\#(capabilities)}"#
    client.call("initialize", params)
  }

  private var meta: String {
    guard way == .result else { return "" }
    return #","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#
      + #""io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}"#
  }

  func call(_ tool: String, _ arguments: String, _ more: String = "") -> Reply {
    client.call(
      "tools/call", "{\"name\":\"\(tool)\",\"arguments\":\(arguments)\(meta)\(more)}")
  }

  /// A call that waits for a person's confirmation.
  struct Asked {
    let question: String
    let state: String
    let id: String
    fileprivate let tool: String
    fileprivate let arguments: String
  }

  func ask(_ tool: String, _ arguments: String) throws -> Asked {
    let reply = call(tool, arguments)
    let inResult = "result.inputRequests.confirmation.params.message"
    let question = way == .result ? reply.string(inResult) : reply.string("params.message")
    try #require(!question.isEmpty, "\(reply)")
    return Asked(
      question: question, state: reply.string("result.requestState"), id: reply.string("id"),
      tool: tool, arguments: arguments)
  }

  /// Sends the person's answer, such as `accept`; returns the reply to the call.
  func answer(_ asked: Asked, _ action: String) -> Reply {
    let answer = "{\"action\":\"\(action)\"}"
    if way == .result {
      return call(
        asked.tool, asked.arguments,
        ",\"requestState\":\"\(asked.state)\",\"inputResponses\":{\"confirmation\":\(answer)}")
    }
    return client.send("{\"jsonrpc\":\"2.0\",\"id\":\"\(asked.id)\",\"result\":\(answer)}")
  }
}

extension Reply {
  fileprivate var advice: String { list("result.content").first?["text"] as? String ?? "" }
  fileprivate var isRefused: Bool { self["result.isError"] as? Bool ?? false }
}

/// Calls of an agent that run only after a person confirms them.
@Suite struct ConsentTests {
  private struct Scene {
    let directory: Directory
    let host: Host
    let admin: User
    let member: User

    init(
      _ way: Host.Way, _ catalog: Catalog<StoreAccessControl<MemoryUserStore>>? = nil
    ) throws {
      directory = try Directory(catalog: catalog, hasPolicy: false)
      let owner = try directory.add(1, "owner@acme.com", roles: ["owner"], organization: nil)
      admin = try directory.add(2, "admin@acme.com", roles: ["admin"])
      member = try directory.add(3, "member@acme.com", roles: ["member"])
      directory.setPassword(of: admin.id)
      host = Host(directory.client(owner), way)
    }

    func user(_ user: User) -> User? {
      var found: User?
      _ = directory.store.read(.id(user.id)) { found = User($0) }
      return found
    }

    /// Whether the admin is unchanged, and no account is permanently deleted.
    func isWhole() -> Bool {
      guard let now = user(admin), user(member) != nil else { return false }
      return now.roles == admin.roles && now.flags.status == .active && now.email == admin.email
        && now.organizationID == admin.organizationID && now.oauthID == admin.oauthID
        && now.deletedAt == nil && directory.store.password(of: admin.id) != nil
    }
  }

  // MARK: Which calls need confirmation

  /// Calls that need a person's confirmation, with the text of the question.
  static let grave: [(tool: String, arguments: String, deed: String)] = [
    (
      "users_delete", #"{"user_id":"member@acme.com","mode":"permanent"}"#,
      #"delete "User 3" ("member@acme.com") for good"#
    ),
    (
      "users_delete", #"{"user_id":"admin@acme.com"}"#,
      #"delete the admin "User 2" ("admin@acme.com"), who could come back as a member at most"#
    ),
    (
      "users_update", #"{"user_id":"admin@acme.com","is_blocked":true}"#,
      #"block the admin "User 2" ("admin@acme.com")"#
    ),
    (
      "users_update", #"{"user_id":"admin@acme.com","is_active":false,"banned":true}"#,
      #"block the admin "User 2" ("admin@acme.com"), and disable them"#
    ),
    (
      "users_update", #"{"user_id":"admin@acme.com","roles":["member"]}"#,
      #"change the roles of the admin "User 2" ("admin@acme.com") (loses admin; gets member)"#
    ),
    (
      "users_update", #"{"user_id":"admin@acme.com","is_superuser":false}"#,
      #"change the roles of the admin "User 2" ("admin@acme.com") (loses admin; gets member)"#
    ),
    (
      "users_update", #"{"user_id":"admin@acme.com","email":"x@evil.com","company":"E"}"#,
      #"change the email of the admin "User 2" ("admin@acme.com") to "x@evil.com""#
    ),
    (
      "users_update", #"{"user_id":"admin@acme.com","clear":["org_id"]}"#,
      #"move the admin "User 2" ("admin@acme.com") out of their organization"#
    ),
    (
      "users_update", #"{"user_id":"admin@acme.com","oauth_provider":"evil","oauth_id":"7"}"#,
      #"have the admin "User 2" ("admin@acme.com") sign in at "evil" as "7""#
    ),
    (
      "users_create",
      #"{"email":"admin@acme.com","name":"N","is_blocked":true,"if_exists":"update"}"#,
      #"block the admin "User 2" ("admin@acme.com")"#
    ),
    (
      "users_delete", #"{"user_id":"admin@acme.com","mode":"permanent"}"#,
      #"delete the admin "User 2" ("admin@acme.com") for good"#
    ),
    // Blocking needs confirmation even after the bulk itself has taken the role `admin`.
    (
      "users_bulk",
      #"{"operations":[{"method":"users_update","params":{"user_id":"admin@acme.com","roles":["member"]}},{"method":"users_update","params":{"user_id":"admin@acme.com","is_blocked":true}}]}"#,
      #"- block the admin "User 2" ("admin@acme.com")"#
    ),
    (
      "users_bulk",
      #"{"operations":[{"method":"users.delete","params":{"user_id":"member@acme.com","mode":"permanent"}}]}"#,
      #"delete "User 3" ("member@acme.com") for good"#
    ),
  ]

  @Test(
    "A change that needs consent runs only after a person accepts it",
    arguments: grave.map(\.deed).indices, [Host.Way.request, .result])
  private func asks(_ row: Int, _ way: Host.Way) throws {
    let (tool, arguments, deed) = Self.grave[row]
    let scene = try Scene(way)
    let asked = try scene.host.ask(tool, arguments)
    #expect(asked.question.contains(deed), "\(asked.question)")
    #expect(scene.isWhole())
    for no in ["decline", "cancel", "perhaps"] {
      let again = try scene.host.ask(tool, arguments)
      #expect(scene.host.answer(again, no).isRefused)
      #expect(scene.isWhole())
    }
    let reply = scene.host.answer(asked, "accept")
    #expect(reply.isDone && !reply.isRefused, "\(reply)")
    #expect(!scene.isWhole())
  }

  @Test(
    "If the client can't ask, a change that needs consent is refused with a command for a person",
    arguments: grave)
  func refuses(_ row: (tool: String, arguments: String, deed: String)) throws {
    let scene = try Scene(.none)
    let reply = scene.host.call(row.tool, row.arguments)
    #expect(reply.isRefused && reply.advice.contains("\nroster call users."), "\(reply)")
    #expect(scene.isWhole())
  }

  @Test(
    "With --confirm never, a change that needs consent runs without a question", arguments: grave)
  func neverAsks(_ row: (tool: String, arguments: String, deed: String)) throws {
    let scene = try Scene(.request)
    scene.directory.isConfirming = false
    let owner = try #require(scene.directory.find("owner@acme.com"))
    let reply = Host(scene.directory.client(owner), .request).call(row.tool, row.arguments)
    #expect(reply.isDone && !reply.isRefused, "\(reply)")
  }

  /// Calls that run without confirmation.
  static let harmless: [(tool: String, arguments: String)] = [
    // The account is a member before the call and after it.
    (
      "users_bulk",
      #"{"atomic":true,"operations":[{"method":"users_update","params":{"user_id":"member@acme.com","roles":["admin"]}},{"method":"users_update","params":{"user_id":"member@acme.com","roles":["member"]}}]}"#
    ),
    ("users_delete", #"{"user_id":"member@acme.com"}"#),
    ("users_delete", #"{"user_id":"member@acme.com","mode":"permanent","dry_run":true}"#),
    ("users_update", #"{"user_id":"admin@acme.com","name":"A","metadata":{"a":1}}"#),
    ("users_update", #"{"user_id":"admin@acme.com","is_blocked":true,"dry_run":true}"#),
    ("users_update", #"{"user_id":"admin@acme.com","is_blocked":false,"roles":["admin"]}"#),
    ("users_update", #"{"user_id":"member@acme.com","is_blocked":true,"roles":["annotator"]}"#),
    ("users_update", #"{"user_id":"member@acme.com","roles":["admin"]}"#),
    (
      "users_bulk",
      #"{"dry_run":true,"operations":[{"method":"users.delete","params":{"user_id":"member@acme.com","mode":"permanent"}}]}"#
    ),
    (
      "users_bulk",
      #"{"operations":[{"method":"users.delete","params":{"user_id":"member@acme.com"}},{"method":"users_restore","params":{"user_id":"member@acme.com"}},{"method":"users_delete","params":{"user_id":"member@acme.com"}}]}"#
    ),
  ]

  @Test("A change that can be undone needs no confirmation", arguments: harmless)
  func asksNobody(_ row: (tool: String, arguments: String)) throws {
    let scene = try Scene(.request)
    let reply = scene.host.call(row.tool, row.arguments)
    #expect(reply.isDone && !reply.isRefused, "\(reply)")
    #expect(scene.user(scene.member) != nil)
  }

  @Test("JSON-RPC methods need no confirmation")
  func programsDecide() throws {
    let scene = try Scene(.request)
    #expect(scene.host.client.ask("users.delete user_id=member@acme.com").isDone)
    #expect(scene.user(scene.member) == nil)
  }

  // MARK: Changes during the wait

  @Test(
    "Permissions and accounts are checked again when the answer arrives",
    arguments: [Host.Way.request, .result])
  private func judgesAnew(_ way: Host.Way) throws {
    let call = ("users_update", #"{"user_id":"admin@acme.com","is_blocked":true}"#)
    /// A change while the person thinks, and the reason of the refusal, or "done".
    let rows: [(happening: (Scene) -> Void, reason: String)] = [
      (
        { $0.directory.change("owner@acme.com") { $0.flags.insert(.blocked) } },
        "disabled_caller"
      ),
      ({ $0.directory.change("owner@acme.com") { $0.roles = ["admin"] } }, "done"),
      (
        { $0.directory.change("owner@acme.com") { $0.roles = ["member"] } }, "permission_denied"
      ),
      ({ $0.directory.change("admin@acme.com") { $0.name = "Another" } }, "confirmation_stale"),
      (
        { $0.directory.change("admin@acme.com") { $0.roles = ["owner"] } }, "confirmation_stale"
      ),
    ]
    for (happening, reason) in rows {
      let scene = try Scene(way)
      let asked = try scene.host.ask(call.0, call.1)
      happening(scene)
      let reply = scene.host.answer(asked, "accept")
      if reason == "done" {
        #expect(reply.isDone && !reply.isRefused, "\(reply)")
      } else {
        #expect(reply.isRefused && reply.advice.contains(reason), "\(reason): \(reply)")
        #expect(scene.user(scene.admin)?.flags.contains(.blocked) == false)
      }
    }
  }

  @Test(
    "Other requests are answered while questions wait, and each question has its own answer")
  func answersMeanwhile() throws {
    let scene = try Scene(.request)
    let one = try scene.host.ask(
      "users_delete", #"{"user_id":"member@acme.com","mode":"permanent"}"#)
    let two = try scene.host.ask(
      "users_delete", #"{"user_id":"admin@acme.com","mode":"permanent"}"#)
    #expect(scene.host.client.ask("users.count").int("result") == 3)
    #expect(!scene.directory.store.isWriting)
    #expect(scene.host.answer(two, "decline").isRefused)
    #expect(scene.host.answer(one, "accept").isDone)
    #expect(scene.host.client.ask("users.count").int("result") == 2)
    // A second answer to the same question is ignored.
    #expect(scene.host.answer(one, "accept").text.isEmpty)
  }

  @Test("A question ends after five minutes, by cancellation and at the end of input")
  func endsWaiting() throws {
    let call = ("users_delete", #"{"user_id":"member@acme.com","mode":"permanent"}"#)
    let scene = try Scene(.request)
    let late = try scene.host.ask(call.0, call.1)
    #expect(scene.host.client.endQuestions(afterMs: 299_000).isEmpty)
    let lines = scene.host.client.endQuestions(afterMs: 301_000)
    #expect(lines.first?.string("method") == "notifications/cancelled")
    #expect(lines.first?.string("params.requestId") == late.id)
    #expect(lines.last?.int("id") == 1 && lines.last?.isRefused ?? false)
    #expect(scene.host.answer(late, "accept").text.isEmpty)

    let cancelled = try scene.host.ask(call.0, call.1)
    let told = scene.host.client.send(
      #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#)
    #expect(told.string("params.requestId") == cancelled.id)
    #expect(scene.host.answer(cancelled, "accept").text.isEmpty)

    _ = try scene.host.ask(call.0, call.1)
    let last = scene.host.client.endQuestions(isAtEnd: true)
    #expect(last.count == 1 && last[0].isRefused)
    #expect(scene.isWhole())
  }

  @Test("At most 16 questions wait, and the next call is refused as rate_limited")
  func isBounded() throws {
    let scene = try Scene(.request)
    let arguments = #"{"user_id":"member@acme.com","mode":"permanent"}"#
    for _ in 0..<16 { _ = try scene.host.ask("users_delete", arguments) }
    let reply = scene.host.call("users_delete", arguments)
    #expect(reply.isRefused && reply.advice.contains("rate_limited"), "\(reply)")
  }

  // MARK: States

  @Test("A requestState is valid once, for its caller and call, for five minutes")
  func bindsStates() throws {
    let scene = try Scene(.result)
    let (tool, arguments) = ("users_delete", #"{"user_id":"member@acme.com","mode":"permanent"}"#)
    let asked = try scene.host.ask(tool, arguments)
    func answer(
      _ host: Host, _ tool: String, _ arguments: String, _ state: String
    ) -> Reply {
      host.call(
        tool, arguments,
        #","requestState":"\#(state)","inputResponses":{"confirmation":{"action":"accept"}}"#)
    }
    let other = #"{"user_id":"admin@acme.com","mode":"permanent"}"#
    #expect(answer(scene.host, tool, other, asked.state).code == -32602)
    #expect(answer(scene.host, "users_update", arguments, asked.state).code == -32602)
    for at in stride(from: 0, to: asked.state.utf8.count, by: 7) {
      var forged = Array(asked.state.utf8)
      forged[at] = forged[at] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      let text = String(decoding: forged, as: UTF8.self)
      #expect(answer(scene.host, tool, arguments, text).code == -32602, "\(text)")
    }
    for text in ["", "A", String(repeating: "A", count: 75), "ü", asked.state + "AAAA"] {
      #expect(answer(scene.host, tool, arguments, text).code == -32602, "\(text)")
    }
    let admin = Host(scene.directory.client(scene.admin), .result)
    #expect(answer(admin, tool, arguments, asked.state).code == -32602)
    // Without an answer the person is asked again; null counts as no answer.
    let nulls = scene.host.call(tool, arguments, #","requestState":null,"inputResponses":null"#)
    #expect(nulls.string("result.resultType") == "input_required")
    let silent = scene.host.call(tool, arguments, #","requestState":"\#(asked.state)""#)
    #expect(silent.string("result.resultType") == "input_required")
    let now = scene.directory.now
    for (ms, isGood) in [(300_000, false), (-1, false), (299_999, true)] as [(Int64, Bool)] {
      scene.directory.now = now.adding(ms)
      let reply = answer(scene.host, tool, arguments, asked.state)
      #expect(reply.isRefused != isGood, "\(ms): \(reply)")
      #expect(scene.isWhole() != isGood)
    }
    #expect(answer(scene.host, tool, arguments, asked.state).isRefused)
  }

  /// Names and emails, and their text in a question.
  static let spoofs: [(name: String, email: String, shown: String)] = [
    (
      "\u{202E}Bo\"\nAllow it\u{1B}[2J", "bo@x.org",
      #"delete "\u{202E}Bo'\u{A}Allow it\u{1B}[2J" ("bo@x.org") for good."#
    ),
    (
      String(repeating: "x", count: 200), "b@x.org",
      "delete \"" + String(repeating: "x", count: 80) + "…\" (\"b@x.org\") for good."
    ),
    // An email is never truncated, because its end, the domain, matters most.
    (
      "B", "boss@x.org." + String(repeating: "a", count: 200) + ".evil.com",
      "(\"boss@x.org." + String(repeating: "a", count: 200) + ".evil.com\")"
    ),
    // These characters are invisible, or only look like a space or a quote.
    (
      "B\u{200B}\u{AD}\u{3164}\u{2060}\u{E0041}", "b@x.org",
      #""B\u{200B}\u{AD}\u{3164}\u{2060}\u{E0041}""#
    ),
    ("B\u{FF02}\u{201D}\u{2800}\u{A0}\u{3000}", "b@x.org", #""B''\u{2800}\u{A0}\u{3000}""#),
    ("B", "ad\u{200B}a@x.org", #"("ad\u{200B}a@x.org")"#),
    ("B", "t@x.org)\u{2800}or\"not", #"("t@x.org)\u{2800}or'not")"#),
    ("Zoë 女 🦉", "zoë@пример.example", #""Zoë 女 🦉" ("zoë@пример.example")"#),
  ]

  @Test("A question escapes names and emails, and truncates names", arguments: spoofs)
  func showsNamesAsData(_ row: (name: String, email: String, shown: String)) throws {
    let scene = try Scene(.result)
    scene.directory.change("member@acme.com") { user in
      (user.name, user.email) = (row.name, row.email)
    }
    let asked = try scene.host.ask(
      "users_delete", "{\"user_id\":\"\(scene.member.id.text)\",\"mode\":\"permanent\"}")
    #expect(asked.question.contains(row.shown), "\(asked.question)")
    #expect(!asked.question.contains("\n"))
  }

  @Test("A bulk's question shows names and emails from before the bulk")
  func showsWhoTheyWere() throws {
    let scene = try Scene(.result)
    let asked = try scene.host.ask(
      "users_bulk",
      #"""
      {"operations":[
      {"method":"users_update","params":{"user_id":"member@acme.com","email":"t@x.org","name":"Test"}},
      {"method":"users_delete","params":{"user_id":"t@x.org","mode":"permanent"}}]}
      """#)
    #expect(asked.question.contains(#"delete "User 3" ("member@acme.com") for good"#))
    #expect(!scene.host.answer(asked, "accept").isRefused)
    #expect(scene.user(scene.member) == nil)
  }

  @Test("A question lists every role that is lost or gained")
  func tellsAllRoles() throws {
    let scene = try Scene(.result)
    let labels = (10..<60).map { "label\($0)" }
    let roles = "[\((labels + ["member"]).map { "\"\($0)\"" }.joined(separator: ","))]"
    let asked = try scene.host.ask(
      "users_update", "{\"user_id\":\"admin@acme.com\",\"roles\":\(roles)}")
    let gained = (labels + ["member"]).joined(separator: ", ")
    #expect(asked.question.contains("(loses admin; gets \(gained))"), "\(asked.question)")
  }

  @Test("A question says how many minutes ago a recently changed account was changed")
  func tellsNews() throws {
    let scene = try Scene(.result)
    _ = scene.host.call(
      "users_update", #"{"user_id":"member@acme.com","email":"t@x.org","name":"T"}"#)
    scene.directory.pass(7 * Directory.minuteMs)
    let asked = try scene.host.ask("users_delete", #"{"user_id":"t@x.org","mode":"permanent"}"#)
    #expect(
      asked.question.contains(#""T" ("t@x.org", changed 7 minutes ago)"#), "\(asked.question)")
  }

  private static func bulk(_ operations: [String]) -> String {
    "{\"operations\":[\(operations.joined(separator: ","))]}"
  }

  private static func operation(_ method: String, _ params: String) -> String {
    "{\"method\":\"\(method)\",\"params\":{\(params)}}"
  }

  @Test("A bulk may delete its own new accounts, and a question lists all changes, 100 at most")
  func asksAboutAllOrNothing() throws {
    let scene = try Scene(.result)
    let blocking = Self.operation("users_update", #""user_id":"admin@acme.com","is_blocked":true"#)
    let pairs = (0..<150).flatMap { at in
      let email = "\"tmp\(at)@x.org\""
      return [
        Self.operation("users_create", "\"email\":\(email),\"name\":\"T\",\"org_id\":\"acme\""),
        Self.operation("users_delete", "\"user_id\":\(email),\"mode\":\"permanent\""),
      ]
    }
    #expect(!scene.host.call("users_bulk", Self.bulk(pairs)).isRefused)
    let asked = try scene.host.ask("users_bulk", Self.bulk(pairs + [blocking]))
    #expect(asked.question.contains("An agent asks to block the admin"))
    for at in 0..<100 {
      try scene.directory.add(Int64(100 + at), "u\(at)@acme.com", roles: ["member"])
    }
    let deletions = (0..<100).map {
      Self.operation("users_delete", "\"user_id\":\"u\($0)@acme.com\",\"mode\":\"permanent\"")
    }
    let refused = scene.host.call("users_bulk", Self.bulk(deletions + [blocking]))
    #expect(refused.isRefused && refused.advice.contains("too_large"), "\(refused)")
    let most = try scene.host.ask("users_bulk", Self.bulk(deletions.dropLast() + [blocking]))
    let lines = most.question.split(separator: "\n")
    // Changes to owners and admins come first.
    #expect(lines.count == 102 && lines[1].contains("block the admin"))
    #expect(scene.isWhole() && scene.host.client.ask("users.count").int("result") == 103)
  }

  @Test("A call whose reply would be too large is refused without a question")
  func asksNothingThatDoesNotFit() throws {
    let scene = try Scene(.result)
    let groups = (0..<100).map { "\"\(String(repeating: "g", count: 250))\($0)\"" }
    let big = "\"auto_groups\":[\(groups.joined(separator: ","))]"
    _ = scene.host.call("users_update", "{\"user_id\":\"admin@acme.com\",\(big)}")
    let renamings = (0..<999).map {
      Self.operation("users_update", "\"user_id\":\"admin@acme.com\",\"name\":\"N\($0)\"")
    }
    let deletion = Self.operation(
      "users_delete", #""user_id":"member@acme.com","mode":"permanent""#)
    let reply = scene.host.call("users_bulk", Self.bulk([deletion] + renamings))
    #expect(reply.isRefused && reply.advice.contains("too_large, reply"), "\(reply.advice)")
    #expect(scene.isWhole())
  }

  @Test("An idempotency key of a tool call does not match a call of its method")
  func keepsKeysApart() throws {
    let scene = try Scene(.none)
    let keyed = #"{"user_id":"member@acme.com","idempotency_key":"k"}"#
    #expect(!scene.host.call("users_delete", keyed).isRefused)
    #expect(scene.host.client.call("users.delete", keyed).code == 409)
    #expect(!scene.host.call("users_delete", keyed).isRefused)
    let nulls = #""user_id":"admin@acme.com","name":"N","company":null,"idempotency_key":"n""#
    let both = ["users_update", "users.update"].map { Self.operation($0, nulls) }
    let reply = scene.host.call("users_bulk", Self.bulk(both))
    #expect(reply.text.contains("idempotency_key_reused"), "\(reply)")
  }

  @Test("A malformed answer, or one after shutdown, confirms nothing")
  func takesClearAnswers() throws {
    let call = ("users_delete", #"{"user_id":"member@acme.com","mode":"permanent"}"#)
    let scene = try Scene(.request)
    for answer in [
      #"{"action":"accept","action":"decline"}"#, #"{"action":true}"#, "{}", "[]", "null", "7",
    ] {
      let asked = try scene.host.ask(call.0, call.1)
      let reply = scene.host.client.send(
        "{\"jsonrpc\":\"2.0\",\"id\":\"\(asked.id)\",\"result\":\(answer)}")
      #expect(reply.isRefused && scene.isWhole(), "\(answer)")
    }
    let asked = try scene.host.ask(call.0, call.1)
    // A batch has no place for the reply to a call that came alone.
    let yes = #","result":{"action":"accept"}}"#
    scene.host.client.send("[{\"jsonrpc\":\"2.0\",\"id\":\"\(asked.id)\"\(yes)]")
    #expect(scene.isWhole())
    scene.host.client.call("shutdown", "null")
    #expect(scene.host.answer(asked, "accept").isRefused && scene.isWhole())
    let other = try Scene(.result)
    let state = try other.host.ask(call.0, call.1).state
    let twice = #"{"confirmation":{"action":"accept"},"confirmation":{"action":"decline"}}"#
    let reply = other.host.call(
      call.0, call.1, ",\"requestState\":\"\(state)\",\"inputResponses\":\(twice)")
    #expect(reply.code == -32602 && other.isWhole(), "\(reply)")
  }

  // MARK: Sequences

  /// Calls of an agent in a host that can't ask.
  private static let moves: [(tool: String, arguments: String)] =
    grave.map { ($0.tool, $0.arguments) } + harmless + [
      ("users_create", #"{"email":"new@acme.com","name":"N","org_id":"acme"}"#),
      (
        "users_create",
        #"{"email":"admin@acme.com","name":"N","if_exists":"update","roles":["member"]}"#
      ),
      ("users_restore", #"{"user_id":"member@acme.com"}"#),
      ("users_update", #"{"user_id":"member@acme.com","email":"m2@acme.com"}"#),
      ("users_update", #"{"user_id":"member@acme.com","clear":["email","org_id"]}"#),
      ("users_update", #"{"user_id":"admin@acme.com","email_verified":false,"is_developer":true}"#),
    ]

  @Test("Pairs and shuffled series of an agent's calls can't avoid a confirmation")
  func isClosed() throws {
    let moves = Self.moves
    let catalog: Catalog<StoreAccessControl<MemoryUserStore>> = ServerCatalog.make()
    for first in moves {
      for second in moves {
        let scene = try Scene(.none, catalog)
        for (tool, arguments) in [first, second] + moves.shuffled(by: first.arguments.count) {
          _ = scene.host.call(tool, arguments)
        }
        let isWhole = scene.isWhole()
        #expect(isWhole, "\(first) \(second)")
        if !isWhole { return }
      }
    }
  }
}

extension Array {
  /// The elements in an order that the seed determines.
  fileprivate func shuffled(by seed: Int) -> [Element] {
    var random = SeededDice(seed: UInt64(seed))
    var rest = self
    return indices.map { _ in rest.remove(at: random.number(rest.count)) }
  }
}
