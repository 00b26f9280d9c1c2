import Contract
import Foundation
import JSON
import PostgresUserStore
import SQLiteUserStore
import Secrets
import Server
import TestSupport
import Testing
import UserMethods
import Users

/// Plays the stories of `RightsTests` on one kind of store.
protocol Stage {
  /// Plays one line; records an issue if the outcome differs, and throws nothing.
  func play(_ line: String)
}

enum StageKind: String, CaseIterable {
  case memory, file, postgres

  func play(_ story: Story) throws {
    switch self {
    case .memory: try StoreStage(MemoryUserStore(), story).playAll()
    case .file:
      let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let path = folder.appending(path: "users.db").path
      try SQLiteUserStore.create(path: path, owner: first)
      try StoreStage(SQLiteUserStore(path: path), story).playAll()
    case .postgres:
      let address = try ServerAddress(TestServer.newStore())
      try PostgresUserStore.create(address, owner: first)
      try StoreStage(PostgresUserStore(address), story).playAll()
    }
  }

  /// The account that a kept store begins with; the stories do not use it.
  private var first: User {
    var first = User(id: Directory.id(0))
    first.email = "first@good.com"
    first.username = "first@good.com"
    first.name = "First"
    first.organizationID = "none"
    first.roles = ["member"]
    return first
  }
}

/// Calls and their expected outcomes, one per line:
///
///     CALLER METHOD key=value … -> OUTCOME [NAME]
///
/// CALLER is the name of an account (`owner` is owner@…), `anyone`, or `token:NAME`, and may be followed
/// by its launch: `owner(org=acme;mail)`, `admin(deny=users.grant,users.tokens)`, `admin(tools=…)`. An
/// unknown account is a mistake in the story. OUTCOME is `done`, or a code and a reason.
///
/// NAME keeps the secret that the call returns or mails: later lines write `{NAME}` for it, and
/// `{NAME.id}` for the id of the token or account. A METHOD after `tool` is called as a tool. A
/// refused line that begins with `*` is also played in a bulk, as a tool, and, for an update, by
/// `if_exists`.
///
///     policy JSON | none | first     the operator sets a policy, none, or the initial one
///     ? METHOD … is JSON-PART        the owner's reply contains this text
///     ?CALLER METHOD … is JSON-PART  a caller's reply contains it
///     ?! METHOD … is JSON-PART       the owner's reply does not contain it
struct Story: CustomTestStringConvertible, Sendable {
  let name: String
  let lines: [String]

  init(_ name: String, _ lines: String) {
    self.name = name
    self.lines = lines.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
  }

  var testDescription: String { name }
}

private final class StoreStage<Store: UserStore>: Stage {
  private let store: Store
  private let story: Story
  private let catalog: Catalog<StoreAccessControl<Store>> = ServerCatalog.make()
  private var clients: [String: StageClient<Store>] = [:]
  private var names: [String: String] = [:]

  init(_ store: Store, _ story: Story) throws {
    self.store = store
    self.story = story
    try furnish()
  }

  func playAll() { for line in story.lines { play(line) } }

  // MARK: Accounts

  private static var people: [(name: String, roles: [String], organization: String?)] {
    [
      ("owner", ["owner"], nil), ("admin", ["admin"], "acme"), ("boss", ["admin"], nil),
      ("helpdesk", ["helpdesk"], "acme"), ("keeper", ["keeper"], "acme"),
      ("selfie", ["selfie", "member"], "acme"), ("all", ["super"], nil),
      ("mia", ["member"], "acme"), ("ben", ["member"], "beta"), ("ann", ["annotator"], "acme"),
      ("label", ["billing"], "acme"),
    ]
  }

  static var policy: String {
    """
    {"roles":{"helpdesk":{"grants":[\(grants("organization", "read", "update", "invite",
      "reset_password", "tokens", "delete", "create"))]},
    "keeper":{"grants":[\(grants("organization", "read", "update", "grant", "tokens"))]},
    "super":{"grants":[\(grants("all", "read", "update"))]},
    "selfie":{"grants":[\(grants("self", "update"))]}}}
    """
  }

  private static func grants(_ scope: String, _ capabilities: String...) -> String {
    capabilities.map { "{\"capability\":\"users.\($0)\",\"scope\":\"\(scope)\"}" }
      .joined(separator: ",")
  }

  private func furnish() throws {
    try store.beginWrite()
    try store.setPolicyText(Self.parse(Self.policy).text)
    for (at, person) in Self.people.enumerated() {
      var user = User(id: Directory.id(Int64(at + 1)))
      user.email = "\(person.name)@good.com"
      user.username = "\(person.name)@good.com"
      user.name = person.name
      user.roles = person.roles.sorted()
      user.organizationID = person.organization
      user.flags = [.active, .developer, .emailVerified]
      if person.roles == ["owner"] { user.flags.insert([.owner, .superuser]) }
      if person.roles == ["admin"] { user.flags.insert(.superuser) }
      try store.insert(PackedUser(user))
      try store.setPassword(Password(userID: user.id, hash: Directory.passwordHash), of: user.id)
    }
    try store.commit()
  }

  private static func parse(_ text: String) throws -> Policy {
    var parser = JSONParser()
    return try Array(text.utf8).withUnsafeBufferPointer { try Policy(parser.parse($0)) }
  }

  // MARK: Playing

  func play(_ line: String) {
    let line = names.reduce(line) { $0.replacing("{\($1.key)}", with: $1.value) }
    if line.hasPrefix("policy ") { return setPolicy(String(line.dropFirst(7))) }
    if line.hasPrefix("?") { return ask(line) }
    let sides = line.split(separator: " -> ").map(String.init)
    var words = sides[0].split(separator: " ").map(String.init)
    let expectation = sides[1].split(separator: " ").map(String.init)
    let isEveryForm = words[0] == "*"
    if isEveryForm { words.removeFirst() }
    let name = expectation.count > 1 && expectation[0] == "done" ? expectation[1] : nil
    let outcome = name == nil ? expectation.joined(separator: " ") : "done"
    let client = client(words.removeFirst())
    let isTool = words[0] == "tool"
    if isTool { words.removeFirst() }
    let reply: Reply
    if isTool {
      let call = Client.request(words.joined(separator: " "))
      reply = client.callTool(call.method, call.params)
      #expect(reply.toolOutcome == outcome, "\(story.name): \(line): \(reply)")
    } else {
      reply = client.ask(words.joined(separator: " "))
      #expect(reply.outcome == outcome, "\(story.name): \(line): \(reply)")
    }
    if let name { learn(name, reply, client) }
    if isEveryForm { playOtherForms(client, words, outcome, line) }
  }

  private func playOtherForms(
    _ client: StageClient<Store>, _ words: [String], _ outcome: String, _ line: String
  ) {
    let call = Client.request(words.joined(separator: " "))
    let operation = "{\"method\":\"\(call.method)\",\"params\":\(call.params)}"
    let bulk = client.call("users.bulk", "{\"operations\":[\(operation)]}")
    let error = bulk.list("result.results").first?["error"] as? [String: Any]
    let reason = (error?["data"] as? [String: Any])?["reason"] as? String
    let told = error.map { "\($0["code"] ?? 0) \(reason ?? "")" } ?? "done"
    #expect(told == outcome, "\(story.name), in a bulk: \(line): \(bulk)")
    if catalog.descriptions.first(where: { $0.name.description == call.method })?.tool != nil {
      let tool = client.callTool(call.method, call.params)
      #expect(tool.toolOutcome == outcome, "\(story.name), as a tool: \(line): \(tool)")
    }
    guard call.method == "users.update" else { return }
    let params = call.params.replacing("\"user_id\":", with: "\"email\":")
    if params.ranges(of: "\"email\":").count > 1 { return }
    let created = client.call(
      "users.create", params.dropLast() + ",\"name\":\"N\",\"if_exists\":\"update\"}")
    // A caller without the right to create is refused for that reason.
    let isRefused = created.outcome == outcome || created.outcome == "403 users.create"
    #expect(isRefused, "\(story.name), by if_exists: \(line): \(created)")
  }

  private func setPolicy(_ text: String) {
    do {
      try store.beginWrite()
      let policy = text == "none" ? nil : try Self.parse(text == "first" ? Self.policy : text)
      _ = try PolicyEditor(store: store).set(policy)
      try store.commit()
    } catch {
      Issue.record("\(story.name): \(text): \(error)")
    }
  }

  private func ask(_ line: String) {
    let isDenied = line.hasPrefix("?!")
    let words = line.drop { "?!".contains($0) }
    let sides = words.split(separator: " is ", maxSplits: 1)
    let call = sides[0].split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    let reply = client(call[0].isEmpty ? "owner" : String(call[0])).ask(String(call[1]))
    #expect(reply.text.contains(sides[1]) != isDenied, "\(story.name): \(line): \(reply)")
  }

  private func learn(_ name: String, _ reply: Reply, _ client: StageClient<Store>) {
    names["\(name).id"] = reply.string("result.id")
    let kinds = ["token", "invitation_token", "reset_token", "temporary_password", "session_token"]
    names[name] = kinds.flatMap { reply.values(of: $0) }.first ?? client.letters.last?.secret
  }

  // MARK: Clients

  private func client(_ text: String) -> StageClient<Store> {
    if let known = clients[text] { return known }
    let parts = text.split(separator: "(", maxSplits: 1).map(String.init)
    var limits = LaunchLimits()
    var isMailing = false
    for option in parts.count > 1 ? parts[1].dropLast().split(separator: ";") : [] {
      let pair = option.split(separator: "=").map(String.init)
      switch pair[0] {
      case "org": limits.organization = pair[1]
      case "deny": limits.denied = Self.capabilities(pair[1])
      case "allow": limits.allowed = Self.capabilities(pair[1])
      case "tools": limits.tools = Set(pair[1].split(separator: ",").map(String.init))
      case "mail": isMailing = true
      default: Issue.record("\(story.name): \(text)")
      }
    }
    let made = StageClient(store, catalog, identity(parts[0]), limits, isMailing: isMailing)
    clients[text] = made
    return made
  }

  private static func capabilities(_ names: String) -> Set<Capability> {
    var found: Set<Capability> = []
    for name in names.split(separator: ",") {
      if let capability = Capability(rawValue: String(name)) { found.insert(capability) }
    }
    return found
  }

  private func identity(_ name: String) -> Identity {
    if name == "anyone" { return .anonymous }
    if name.hasPrefix("token:") {
      return .token(TokenText(names[String(name.dropFirst(6))] ?? "")?.digest ?? [])
    }
    let at = Self.people.firstIndex { $0.name == name }
    if at == nil { Issue.record("\(story.name): nobody is called \(name)") }
    return .user(Directory.id(Int64((at ?? 98) + 1)))
  }
}

/// The client of one process, with a fixed identity and fixed launch limits.
private final class StageClient<Store: UserStore> {
  private let store: Store
  private var session: Session<Store>
  private let mailbox = Mailbox()

  /// All letters that were sent.
  var letters: [Letter] { mailbox.letters }

  private final class Mailbox { var letters: [Letter] = [] }

  init(
    _ store: Store, _ catalog: Catalog<StoreAccessControl<Store>>, _ identity: Identity,
    _ limits: LaunchLimits,
    isMailing: Bool
  ) {
    self.store = store
    let control = StoreAccessControl(
      store: store, identity: identity, limits: limits, isMailing: isMailing)
    let mailbox = mailbox
    session = Session(control: control, store: store, catalog: catalog) { letter, _ in
      mailbox.letters.append(letter)
      return true
    }
  }

  func ask(_ words: String) -> Reply {
    let call = Client.request(words)
    // A word can't hold the space of the password, so a placeholder stands for it.
    return self.call(call.method, call.params.replacing("PASSWORD", with: Directory.password))
  }

  func callTool(_ method: String, _ params: String) -> Reply {
    let tool = method.replacing(".", with: "_")
    return call("tools/call", "{\"name\":\"\(tool)\",\"arguments\":\(params)}")
  }

  func call(_ method: String, _ params: some StringProtocol) -> Reply {
    var out = ByteBuffer()
    var line = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\(method)\",\"params\":\(params)}"
    session.beginTransaction()
    line.withUTF8 { session.answer($0, into: &out) }
    _ = session.endTransaction(into: &out)
    return Reply(text: out.string)
  }
}

extension Reply {
  private static let codes = [
    "permission_denied": 403, "failed_precondition": 412, "not_found": 404, "conflict": 409,
    "invalid_params": -32602, "unauthenticated": 401,
  ]

  /// The `outcome` of a tool call. The first line of a refusal ends with its kind and reason.
  var toolOutcome: String {
    if self["result.isError"] as? Bool != true { return outcome }
    let text = list("result.content").first?["text"] as? String ?? ""
    let words = text.firstMatch(of: /\(([a-z_., ]+)\)/).map { String($0.1) } ?? ""
    let parts = words.split(separator: ", ").map(String.init)
    let code = Self.codes[parts.first ?? ""] ?? 0
    return parts.count > 1 ? "\(code) \(parts[1])" : "\(code)"
  }
}
