import UserMethods
import Users

/// Random calls of the adversary, with random fields, targets and options, harmless or not.
struct ClosureMoves {
  var random: SeededDice
  private var names = 0

  init(seed: UInt64) { random = SeededDice(seed: seed) }

  static let organizations = ["acme", "beta"]
  static let customRoles = ["helpdesk", "keeper", "super", "auditor", "selfish"]

  mutating func role() -> String {
    random.pick(["member", "annotator", "admin", "owner", "label"] + Self.customRoles)
  }

  mutating func roles() -> String {
    let list = (0..<random.number(3)).map { _ in "\"\(role())\"" }
    return "[\(Set(list).sorted().joined(separator: ","))]"
  }

  /// A random policy: the grants of its roles differ from one call to the next.
  mutating func policy() -> DocumentedPolicy {
    var roles: [String: [String: String]] = [:]
    for role in Self.customRoles where random.chance(85) {
      var grants: [String: String] = [:]
      for capability in DocumentedPower.capabilities where random.chance(role == "super" ? 85 : 50)
      {
        grants[capability] =
          role == "super"
          ? random.pick(["all", "all", "organization"])
          : role == "selfish"
            ? "self" : random.pick(["organization", "organization", "self", "all"])
      }
      roles[role] = grants
    }
    return DocumentedPolicy(roles: roles)
  }

  private mutating func email() -> String {
    names += 1
    return "e\(names)\(Evil.domain)"
  }

  private mutating func member() -> String {
    switch random.number(14) {
    case 0, 1, 2: return "\"email\":\"\(email())\""
    case 3, 4: return "\"email_verified\":\(random.chance(80))"
    case 5, 6: return "\"roles\":\(roles())"
    case 7: return "\"is_superuser\":\(random.chance(40))"
    case 8: return "\"is_blocked\":\(random.chance(50))"
    case 9: return "\"org_id\":\"\(random.pick(Self.organizations))\""
    case 10:
      names += 1
      return random.chance(70)
        ? "\"oauth_provider\":\"\(Evil.provider)\",\"oauth_id\":\"\(names)\""
        : "\"oauth_provider\":null,\"oauth_id\":null"
    case 11: return "\"is_developer\":\(random.chance(70))"
    case 12: return "\"is_active\":\(random.chance(60))"
    default: return "\"job_title\":\"T\(random.number(100))\""
    }
  }

  /// Random fields, each at most once.
  private mutating func members() -> String {
    var chosen: [String: String] = [:]
    for _ in 0...random.number(3) {
      let text = member()
      chosen[String(text.prefix { $0 != ":" })] = text
    }
    return chosen.values.joined(separator: ",")
  }

  private mutating func scopes() -> String {
    if random.chance(60) { return "" }
    let list = DocumentedPower.capabilities.filter { _ in random.chance(40) }
    if list.isEmpty { return "" }
    return ",\"scopes\":[\(list.map { "\"\($0)\"" }.joined(separator: ","))]"
  }

  private mutating func options() -> String {
    random.chance(5) ? ",\"dry_run\":true" : ""
  }

  /// One call that changes something.
  mutating func call(_ world: ClosureWorld<some UserStore>) -> (method: String, params: String) {
    let ids = world.users.keys.sorted { $0.key < $1.key }
    let target = random.pick(ids)
    let id = "\"user_id\":\"\(target.text)\""
    switch random.number(20) {
    case 0...6: return ("users.update", "{\(id),\(members())\(options())}")
    case 7...9:
      let existing = world.users[target]?.email.map { random.chance(30) ? $0 : email() } ?? email()
      let mode = random.pick(["none", "none", "email_link", "temporary_password"])
      let ifExists = random.pick(["error", "return", "update"])
      let other = members().split(separator: ",\"email\":").first.map(String.init) ?? ""
      let rest = other.hasPrefix("\"email\":") ? "" : ",\(other)"
      return (
        "users.create",
        "{\"name\":\"N\",\"email\":\"\(existing)\",\"invite_mode\":\"\(mode)\","
          + "\"if_exists\":\"\(ifExists)\"\(rest)\(options())}"
      )
    case 10:
      return ("users.delete", "{\(id),\"mode\":\"\(random.pick(["soft", "soft", "permanent"]))\"}")
    case 11, 12:
      let org = random.chance(40) ? ",\"org_id\":\"\(random.pick(Self.organizations))\"" : ""
      let moved = random.chance(20) ? ",\"email\":\"\(email())\"" : ""
      return ("users.restore", "{\(id)\(org)\(moved)\(options())}")
    case 13, 14: return ("users.invite", "{\(id)\(options())}")
    case 15, 16: return ("users.reset_password", "{\(id)\(options())}")
    case 17, 18: return ("users.create_token", "{\(id),\"name\":\"t\"\(scopes())\(options())}")
    default:
      let token = world.token(ofIndex: random.number(50))?.id.text ?? "none"
      return ("users.revoke_token", "{\"token_id\":\"\(token)\"}")
    }
  }

  /// One call, alone, in a bulk, or as a tool.
  mutating func move(_ world: ClosureWorld<some UserStore>) -> (method: String, params: String) {
    let one = call(world)
    switch random.number(10) {
    case 0:
      let calls = [one, call(world)].map { "{\"method\":\"\($0.method)\",\"params\":\($0.params)}" }
      let atomic = random.chance(50)
      return (
        "users.bulk", "{\"operations\":[\(calls.joined(separator: ","))],\"atomic\":\(atomic)}"
      )
    case 1:
      let tool = one.method.replacing(".", with: "_")
      return ("tools/call", "{\"name\":\"\(tool)\",\"arguments\":\(one.params)}")
    default: return one
    }
  }
}

/// A random generator with a seed, so that a run can be repeated.
struct SeededDice {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  private mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  mutating func number(_ count: Int) -> Int { Int(next() >> 33) % count }
  mutating func chance(_ percent: Int) -> Bool { number(100) < percent }
  mutating func pick<T>(_ list: [T]) -> T { list[number(list.count)] }
}
