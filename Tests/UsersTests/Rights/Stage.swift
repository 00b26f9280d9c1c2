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

  func play(on store: some UserStore) throws { try Stage(store, self).playAll() }
}

/// Plays a story in a directory.
final class Stage<Store: UserStore> {
  private let directory: StoreDirectory<Store>
  private let story: Story
  private var clients: [String: StoreClient<Store>] = [:]
  private var names: [String: String] = [:]

  init(_ store: Store, _ story: Story) throws {
    directory = try StoreDirectory(store, hasPolicy: false)
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
    try directory.transaction { try $0.setPolicyText(Self.parse(Self.policy).text) }
    for (at, person) in Self.people.enumerated() {
      let user = try directory.add(
        Int64(at + 1), "\(person.name)@good.com", roles: person.roles,
        organization: person.organization)
      directory.setPassword(of: user.id)
    }
  }

  private static func parse(_ text: String) throws -> Policy {
    var parser = JSONParser()
    return try Array(text.utf8).withUnsafeBufferPointer { try Policy(parser.parse($0)) }
  }

  // MARK: Playing

  /// Plays one line, and records an issue if the outcome differs.
  private func play(_ line: String) {
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
      let call = Client.request(words.joined(separator: " "))
      // A word can't hold the space of the password, so a placeholder stands for it.
      reply = client.call(call.method, call.params.replacing("PASSWORD", with: Fixture.password))
      #expect(reply.outcome == outcome, "\(story.name): \(line): \(reply)")
    }
    if let name { learn(name, reply, client) }
    if isEveryForm { playOtherForms(client, words, outcome, line) }
  }

  private func playOtherForms(
    _ client: StoreClient<Store>, _ words: [String], _ outcome: String, _ line: String
  ) {
    let call = Client.request(words.joined(separator: " "))
    let operation = "{\"method\":\"\(call.method)\",\"params\":\(call.params)}"
    let bulk = client.call("users.bulk", "{\"operations\":[\(operation)]}")
    let error = bulk.list("result.results").first?["error"] as? [String: Any]
    let reason = (error?["data"] as? [String: Any])?["reason"] as? String
    let told = error.map { "\($0["code"] ?? 0) \(reason ?? "")" } ?? "done"
    #expect(told == outcome, "\(story.name), in a bulk: \(line): \(bulk)")
    let method = directory.catalog.descriptions.first { $0.name.description == call.method }
    if method?.tool != nil {
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
      let policy = text == "none" ? nil : try Self.parse(text == "first" ? Self.policy : text)
      try directory.setPolicy(policy)
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

  private func learn(_ name: String, _ reply: Reply, _ client: StoreClient<Store>) {
    names["\(name).id"] = reply.string("result.id")
    let kinds = ["token", "invitation_token", "reset_token", "temporary_password", "session_token"]
    names[name] = kinds.flatMap { reply.values(of: $0) }.first ?? directory.letters.last?.secret
  }

  // MARK: Clients

  private func client(_ text: String) -> StoreClient<Store> {
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
    directory.isMailing = isMailing
    let made = directory.client(identity(parts[0]), limits)
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
