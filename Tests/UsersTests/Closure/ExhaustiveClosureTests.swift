import Contract
import Secrets
import Server
import Testing
import UserMethods
import Users

/// Every sequence of three calls, or in a kept store of two, in a small directory: an owner, the adversary and one more
/// account, two organizations, the predefined roles and two custom ones. The search skips known
/// states.
@Suite struct ExhaustiveClosureTests {

  private static let policies = [
    DocumentedPolicy(roles: [
      "helpdesk": [
        "users.read": "organization", "users.update": "organization",
        "users.invite": "organization",
        "users.reset_password": "organization", "users.tokens": "organization",
        "users.delete": "organization",
      ],
      "chief": ["users.read": "all", "users.update": "all", "users.grant": "all"],
    ]),
    DocumentedPolicy(roles: [
      "helpdesk": [
        "users.read": "organization", "users.update": "self", "users.tokens": "organization",
        "users.grant": "organization",
      ],
      "label": ["users.read": "all"],
    ]),
  ]

  /// The adversary's rights at the start.
  enum Start: String, CaseIterable {
    case member, helpdesk, chief, adminWithoutPurge, adminOfOrganization, tokenOfAdmin
  }

  private static let roles = [["member"], ["admin"], ["chief"], ["label"]]

  @Test("No sequence of three calls raises a caller's rights", arguments: Start.allCases, roles)
  func everySequence(start: Start, roles: [String]) throws {
    try search(NewStores(), start, roles, depth: 3, statesMin: 50)
  }

  @Test(
    "No sequence of two calls raises a caller's rights in a kept store",
    arguments: Start.allCases, [StoreKind.file, .postgres])
  func everyPair(start: Start, kind: StoreKind) throws {
    try kind.withStores { try search($0, start, ["chief"], depth: 2, statesMin: 40) }
  }

  private func search(
    _ stores: some StoreSource, _ start: Start, _ roles: [String], depth: Int,
    statesMin: Int
  ) throws {
    try PasswordHash.$isWeak.withValue(true) {
      var search = ClosureSearch(stores, start: start, roles: roles, policies: Self.policies)
      let fault = try search.run(depth: depth)
      #expect(fault == nil, "\(fault ?? "")")
      // A search through few states would prove nothing.
      #expect(search.stateCount > statesMin)
    }
  }
}

/// The calls that the search makes, about the one account and the adversary's own.
private enum SmallDirectory {
  private static let target = Directory.id(2).text
  private static let adversary = Directory.id(3).text

  static let calls: [(String, String)] =
    [target, adversary].flatMap { id in
      let changes = [
        "\"email\":\"evil\(Evil.domain)\"", "\"email_verified\":true",
        "\"email\":\"evil\(Evil.domain)\",\"email_verified\":true",
        "\"oauth_provider\":\"evil\",\"oauth_id\":\"1\"", "\"roles\":[\"member\"]",
        "\"roles\":[\"admin\"]", "\"roles\":[\"chief\"]", "\"roles\":[\"label\"]",
        "\"is_superuser\":true", "\"is_superuser\":false", "\"is_blocked\":true",
        "\"is_blocked\":false", "\"org_id\":\"beta\"", "\"is_developer\":false",
      ].map { ("users.update", "{\"user_id\":\"\(id)\",\($0)}") }
      return changes + [
        ("users.delete", "{\"user_id\":\"\(id)\",\"mode\":\"soft\"}"),
        ("users.restore", "{\"user_id\":\"\(id)\"}"),
        ("users.restore", "{\"user_id\":\"\(id)\",\"org_id\":\"beta\"}"),
        ("users.create_token", "{\"user_id\":\"\(id)\",\"name\":\"t\"}"),
        (
          "users.create_token",
          "{\"user_id\":\"\(id)\",\"name\":\"t\",\"scopes\":[\"users.update\",\"users.tokens\"]}"
        ),
        ("users.invite", "{\"user_id\":\"\(id)\"}"),
        ("users.reset_password", "{\"user_id\":\"\(id)\"}"),
      ]
    } + [
      ("users.create", "{\"name\":\"N\",\"email\":\"n@evil.com\",\"invite_mode\":\"email_link\"}"),
      (
        "users.create",
        "{\"name\":\"N\",\"email\":\"n@evil.com\",\"org_id\":\"acme\",\"invite_mode\":\"temporary_password\"}"
      ),
      ("users.create", "{\"name\":\"N\",\"email\":\"n@evil.com\",\"email_verified\":true}"),
      ("users.create", "{\"name\":\"N\",\"email\":\"n@evil.com\",\"roles\":[\"chief\"]}"),
      (
        "users.create",
        "{\"name\":\"N\",\"email\":\"tom@good.com\",\"if_exists\":\"update\",\"email_verified\":true}"
      ),
    ]

  static let honestChanges = [
    "\"roles\":[\"admin\"]", "\"roles\":[\"owner\"]", "\"roles\":[\"member\"]",
    "\"roles\":[\"helpdesk\"]", "\"roles\":[\"chief\"]", "\"roles\":[\"annotator\"]",
    "\"org_id\":\"beta\"",
    "\"is_blocked\":true", "\"is_blocked\":false",
  ].map { "{\"user_id\":\"\(target)\",\($0)}" }
}

/// A search through all states that can follow from a start.
struct ClosureSearch<Stores: StoreSource> {
  typealias Start = ExhaustiveClosureTests.Start
  private let stores: Stores
  private let start: Start
  private let roles: [String]
  private let policies: [DocumentedPolicy]
  private let catalog: Catalog<StoreAccessControl<Stores.Store>> = ServerCatalog.make()
  private var seen: Set<String> = []

  var stateCount: Int { seen.count }

  init(_ stores: Stores, start: Start, roles: [String], policies: [DocumentedPolicy]) {
    self.stores = stores
    self.start = start
    self.roles = roles
    self.policies = policies
  }

  // MARK: The small directory

  private func makeWorld(after path: [Move]) throws -> ClosureWorld<Stores.Store> {
    let world = try ClosureWorld(stores.next(), policies[0], catalog: catalog)
    try world.directory.add(2, "tom@good.com", roles: roles)
    let own: [String]
    var limits = LaunchLimits()
    var capabilities = Set(Capability.allCases)
    switch start {
    case .member, .helpdesk, .chief: own = [start.rawValue]
    case .adminWithoutPurge:
      own = ["admin"]
      limits.denied = [.purge]
    case .adminOfOrganization:
      own = ["admin"]
      limits.organization = "acme"
    case .tokenOfAdmin:
      own = ["admin"]
      capabilities = [.update, .resetPassword, .tokens]
    }
    capabilities.subtract(limits.denied)
    // A restricted adversary is an agent, which does not own the account's email.
    let isAgent = own == ["admin"]
    let user = try world.directory.add(
      3, isAgent ? "boss@good.com" : "adversary\(Evil.domain)", roles: own)
    world.look()
    let token =
      start == .tokenOfAdmin
      ? world.directory.addToken(900, of: user.id, .api, to: capabilities) : nil
    let client =
      token.map { world.directory.client($0) } ?? world.directory.client(user, limits)
    world.give(
      ClosureWorld<Stores.Store>.Access(
        client: client, user: user.id, capabilities: Set(capabilities.map(\.rawValue)),
        organization: limits.organization, isVouchedFor: true, token: token))
    for move in path { _ = try make(move, in: world) }
    return world
  }

  // MARK: Moves

  private enum Move {
    case call(access: Int, String, String)
    case use(secret: Int)
    case signIn
    case honest(String)
    case policy(Int)
  }

  /// All moves that are possible next.
  private func moves(in world: ClosureWorld<Stores.Store>) -> [Move] {
    var moves = world.allAccesses.indices.flatMap { access in
      SmallDirectory.calls.map { Move.call(access: access, $0.0, $0.1) }
    }
    moves += world.secrets.indices.map { .use(secret: $0) }
    moves += SmallDirectory.honestChanges.map { .honest($0) }
    moves += policies.indices.map { .policy($0) }
    return moves + [.signIn]
  }

  /// Makes a move; returns what a caller did beyond its rights, or nil.
  private func make(_ move: Move, in world: ClosureWorld<Stores.Store>) throws -> String? {
    switch move {
    case .call(let at, let method, let params):
      let accesses = world.allAccesses
      guard at < accesses.count else { return nil }
      let held = world.power(accesses[at])
      let before = world.users
      let reply = world.act(accesses[at], method, params)
      if reply.text.contains("-32603") { return "internal error: \(reply)" }
      return world.overreach(from: before, as: held)
    case .use(let at):
      if at < world.secrets.count { world.use(world.secrets[at]) }
    case .signIn: world.signIn()
    case .honest(let params):
      world.honestly("users.update \(params)") { world.owner.call("users.update", params) }
    case .policy(let at): try world.setPolicy(policies[at])
    }
    return nil
  }

  // MARK: Searching

  /// Searches all sequences of `depth` moves; returns the first fault with its sequence, or nil.
  mutating func run(depth: Int) throws -> String? {
    var paths: [[Move]] = [[]]
    seen = [try makeWorld(after: []).fingerprint]
    for _ in 0..<depth {
      var next: [[Move]] = []
      for path in paths {
        if let fault = try expand(path, into: &next) { return fault }
      }
      paths = next
    }
    return nil
  }

  private mutating func expand(_ path: [Move], into next: inout [[Move]]) throws -> String? {
    var world = try makeWorld(after: path)
    let here = world.fingerprint
    for move in moves(in: world) {
      let overreach = try make(move, in: world)
      let gain = world.gain()
      if let fault = overreach ?? gain {
        return "\(fault)\n\(world.history.joined(separator: "\n"))"
      }
      let state = world.fingerprint
      // A refused move changes nothing, so the next one can start from the same world.
      if state == here { continue }
      if seen.insert(state).inserted { next.append(path + [move]) }
      world = try makeWorld(after: path)
    }
    return nil
  }
}

extension ClosureWorld {
  private func formerRoles(of user: UserID) -> [String] {
    directory.reading { try $0.formerRoles(of: user)?.names } ?? []
  }

  /// Everything that affects the next moves, without times, versions and random texts.
  var fingerprint: String {
    var lines = users.values.map { user in
      let tokens = tokens(of: user.id).map { token in
        let scopes = token.capabilityText ?? "*"
        return "\(token.kind) \(scopes) \(token.askers.text ?? "")"
      }
      let password = password(of: user.id)
      let temporary = password?.temporaryUntil != nil
      return
        "\(user.email ?? "") \(user.roles) \(user.organizationID ?? "") \(user.flags.rawValue) "
        + "\(user.oauthProvider ?? "") \(tokens.sorted()) \(password != nil) \(temporary) "
        + "\(formerRoles(of: user.id))"
    }
    lines.sort()
    lines.append(policy.json)
    lines.append("\(ceiling)")
    lines += allAccesses.map { "\(users[$0.user]?.email ?? "") \(power($0)) \($0.isVouchedFor)" }
    lines += secrets.map { "\($0.kind) \(users[$0.user]?.email ?? "")" }
    return lines.joined(separator: "\n")
  }
}
