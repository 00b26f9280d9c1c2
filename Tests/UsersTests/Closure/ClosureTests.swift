import Contract
import Foundation
import Secrets
import Server
import Testing
import UserMethods
import Users

/// No sequence of calls raises a caller's rights.
///
/// An adversary with random roles, launch limits or a token makes random calls, uses the secrets
/// that it obtains, and acts as the accounts that those open. Meanwhile owners promote, demote and
/// move accounts, and change the policy. The adversary's rights must stay within those that it
/// held, and those that a holder gave it. `DocumentedPower` derives the rights from the
/// documentation.
@Suite struct ClosureTests {
  /// The number of steps of all walks together; CLOSURE_STEPS overrides it.
  private static let steps =
    ProcessInfo.processInfo.environment["CLOSURE_STEPS"].flatMap(Int.init) ?? 100_000
  private static let stepsOfWalk = 50
  private static let walks = 8
  /// A step takes longer in a kept store, whose walks take this part of the steps.
  private static let shareOfKept = 0.02

  /// The only walk to run, if CLOSURE_WALK names one: this repeats a reported fault.
  private static let only = ProcessInfo.processInfo.environment["CLOSURE_WALK"].flatMap(Int.init)

  @Test(
    "No random sequence of calls raises a caller's rights", arguments: 0..<walks,
    StoreKind.allCases)
  func randomWalk(lane: Int, kind: StoreKind) throws {
    let share = kind == .memory ? 1 : Self.shareOfKept
    let count = max(Int(share * Double(Self.steps / Self.stepsOfWalk / Self.walks)), 1)
    let walks = (0..<count).map { lane + $0 * Self.walks + 1 }
    try kind.withStores { stores in
      let fault = try Self.walk(Self.only.map { lane == 0 ? [$0] : [] } ?? walks, stores)
      if let fault { Issue.record("\(fault)") }
    }
  }

  /// Takes these walks, each in a new directory; returns the first fault, or nil.
  private static func walk<Stores: StoreSource>(_ walks: [Int], _ stores: Stores) throws -> String?
  {
    let catalog: Catalog<StoreAccessControl<Stores.Store>> = ServerCatalog.make()
    for number in walks {
      let fault = try PasswordHash.$isWeak.withValue(true) {
        var walk = try ClosureWalk(seed: UInt64(number), stores.next(), catalog: catalog)
        return try walk.run(steps: stepsOfWalk)
      }
      if let fault { return "walk \(number): \(fault)" }
    }
    return nil
  }
}

/// A random walk from one directory.
struct ClosureWalk<Store: UserStore> {
  let world: ClosureWorld<Store>
  private var moves: ClosureMoves

  init(seed: UInt64, _ store: Store, catalog: Catalog<StoreAccessControl<Store>>) throws {
    moves = ClosureMoves(seed: seed)
    world = try ClosureWorld(store, moves.policy(), catalog: catalog)
    world.directory.isMailing = moves.random.chance(30)
    try populate()
    try arrive()
  }

  /// Adds honest accounts of two organizations.
  private mutating func populate() throws {
    let people: [(String, [String], String?)] = [
      ("admin@good.com", ["admin"], "acme"), ("boss@good.com", ["owner"], "beta"),
      ("mia@good.com", ["member"], "acme"), ("ben@good.com", ["member"], "beta"),
      ("pat@good.com", [moves.role()], "acme"), ("lee@good.com", ["label"], "acme"),
    ]
    for (at, person) in people.enumerated() {
      let id = Int64(at + 2)
      let invited: UserFlags = moves.random.chance(30) ? [.invited] : []
      try world.directory.add(
        id, person.0, roles: person.1, organization: person.2,
        flags: invited.union([.active, .developer, .emailVerified]))
    }
  }

  /// Adds the adversary's own account, with an access by launch or by token, restricted or not.
  private mutating func arrive() throws {
    let roles = Set(
      (0...moves.random.number(2)).map { _ in
        moves.random.pick(["member", "annotator", "admin", "label"] + ClosureMoves.customRoles)
      })
    let organization: String? = moves.random.pick(["acme", "acme", "beta", nil])
    let user = try world.directory.add(
      20, "adversary\(Evil.domain)", roles: roles.sorted(), organization: organization)
    world.look()
    var limits = LaunchLimits()
    var capabilities = Set(Capability.allCases)
    if moves.random.chance(30) {
      limits.denied = Set(Capability.allCases.filter { _ in moves.random.chance(40) })
      capabilities.subtract(limits.denied)
    }
    if moves.random.chance(30) {
      limits.organization = moves.random.pick(ClosureMoves.organizations)
    }
    var token: TokenText?
    if moves.random.chance(40) {
      let scopes = Set(Capability.allCases.filter { _ in moves.random.chance(50) })
      token = world.directory.addToken(900, of: user.id, .api, to: scopes)
      capabilities.formIntersection(scopes)
    }
    // A restricted adversary is an agent, which owns neither the account nor its email.
    let isAgent = token != nil || !limits.denied.isEmpty || limits.organization != nil
    if isAgent {
      world.directory.writing { store in
        var honest = user
        honest.email = "owner-of-agent@good.com"
        honest.username = "owner-of-agent@good.com"
        try store.replace(PackedUser(user), with: PackedUser(honest))
      }
      world.look()
    }
    let client =
      token.map { world.directory.client($0, limits) }
      ?? world.directory.client(user, limits)
    world.give(
      ClosureWorld<Store>.Access(
        client: client, user: user.id, capabilities: Set(capabilities.map(\.rawValue)),
        organization: limits.organization, isVouchedFor: true, token: token))
  }

  /// Runs the walk; returns how the adversary exceeded its rights, or nil.
  mutating func run(steps: Int) throws -> String? {
    for _ in 0..<steps {
      if moves.random.chance(20) {
        try honest()
      } else if let fault = try adversary() {
        return fault + told
      }
      if let gain = world.gain() {
        return "gained \(gain)" + told
      }
    }
    return nil
  }

  private var told: String {
    "\n\(world.policy.json)\n" + world.history.suffix(60).joined(separator: "\n")
  }

  private mutating func adversary() throws -> String? {
    if !world.secrets.isEmpty, moves.random.chance(30) {
      world.use(moves.random.pick(world.secrets))
      if moves.random.chance(50) { world.signIn() }
      return nil
    }
    let access = moves.random.pick(world.allAccesses)
    let held = world.power(access)
    let before = world.users
    let move = moves.move(world)
    let reply = world.act(access, move.method, move.params)
    if reply.text.contains("-32603") { return "internal error: \(reply)" }
    if let overreach = world.overreach(from: before, as: held) { return overreach }
    return nil
  }

  private mutating func honest() throws {
    let ids = world.users.keys.sorted { $0.key < $1.key }.dropFirst()
    let target = moves.random.pick(Array(ids))
    let id = "\"user_id\":\"\(target.text)\""
    let change: String
    switch moves.random.number(8) {
    case 0, 1, 2: change = "\"roles\":\(moves.roles())"
    case 3: change = "\"is_superuser\":\(moves.random.chance(60))"
    case 4: change = "\"org_id\":\"\(moves.random.pick(ClosureMoves.organizations))\""
    case 5: change = "\"is_blocked\":\(moves.random.chance(40))"
    case 6: change = "\"is_developer\":true"
    default: return try world.setPolicy(moves.policy())
    }
    world.honestly("users.update {\(id),\(change)}") {
      world.owner.call("users.update", "{\(id),\(change)}")
    }
  }
}
