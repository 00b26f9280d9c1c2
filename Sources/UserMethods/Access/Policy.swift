public import Contract
internal import JSON
public import Users

/// The capabilities of roles.
///
/// `owner`, `admin`, `member` and `annotator` are predefined; a policy file defines more. Any other
/// role is a label for the host's own use and grants nothing.
public struct Policy: Sendable {
  /// Only the predefined roles.
  public static let standard = Policy(custom: [:])

  private let custom: [String: Role]

  struct Role: Equatable, Sendable {
    var grants: [Capability: Reach] = [:]
    /// For people; ignored in comparisons.
    var description: String?

    static func == (one: Role, other: Role) -> Bool { one.grants == other.grants }
  }

  init(custom: [String: Role]) { self.custom = custom }

  private static let everything = Capability.allCases.map { ($0, Reach.all) }
  private static let reading = [(Capability.read, Reach.organization)]
  private static let developing = reading + [(Capability.tokens, Reach.own)]

  /// The capabilities that a role grants to an account, each once.
  func grants(of role: String, to user: User) -> [(Capability, Reach)] {
    switch role {
    case RoleName.owner, RoleName.admin: Self.everything
    case RoleName.member: user.flags.contains(.developer) ? Self.developing : Self.reading
    case RoleName.annotator: Self.reading
    default: custom[role]?.grants.map { ($0.key, $0.value) } ?? []
    }
  }

  /// Whether the account needs an organization. Only an account that holds a capability with the
  /// scope `all` needs none.
  func needsOrganization(_ user: User) -> Bool {
    !user.roles.contains { role in grants(of: role, to: user).contains { $0.1 == .all } }
  }

  /// The roles that an account deleted with `roles` can get back: labels, `annotator`, and `member`
  /// for any role that grants at least as much. All other roles have to be granted again.
  func restorable(_ roles: [String]) -> [String] {
    var kept = Set(roles.filter { $0 == RoleName.annotator || !isDefined($0) })
    if roles.contains(where: isMemberOrMore) { kept.insert(RoleName.member) }
    return kept.sorted()
  }

  /// The roles that a restored account gets back. A label that became a role after the deletion has
  /// to be granted again, too.
  func restored(_ former: FormerRoles) -> [String] {
    if !former.isJudged { return restorable(former.names) }
    return former.names.filter { custom[$0] == nil }
  }

  /// The role that differs from `name` only by case; nil if `name` is a role or resembles none.
  func role(alike name: String) -> String? {
    if isDefined(name) { return nil }
    let folded = name.lowercased()
    return (RoleName.predefined + roleNames).first { $0.lowercased() == folded }
  }

  /// Refuses a role that differs from another one only by case, because a mistyped name would give
  /// unintended rights. For new policies only: a store may keep a policy that is older than this
  /// rule.
  public func checkNames() throws(Failure) {
    var names: [String: String] = [:]
    for name in RoleName.predefined { names[name] = name }
    var problems: [Failure.Problem] = []
    for name in roleNames {
      if let other = names.updateValue(name, forKey: name.lowercased()) {
        problems.append(.init("/roles/\(name)", "differs from \"\(other)\" only by case"))
      }
    }
    if !problems.isEmpty { throw .invalidParams(problems) }
  }

  private func isDefined(_ role: String) -> Bool {
    RoleName.predefined.contains(role) || custom[role] != nil
  }

  /// Whether a role grants all that `member` grants to a developer.
  private func isMemberOrMore(_ role: String) -> Bool {
    if [RoleName.member, RoleName.admin, RoleName.owner].contains(role) { return true }
    guard let grants = custom[role]?.grants, let reading = grants[.read] else { return false }
    return reading != .own && grants[.tokens] != nil
  }
}

// Storage, comparison and display of a policy.
extension Policy: Equatable {
  /// The custom roles that are not the same in both policies, sorted.
  func rolesDiffering(from other: Policy) -> [String] {
    Set(custom.keys).union(other.custom.keys)
      .filter { custom[$0] != other.custom[$0] }.sorted()
  }

  /// Writes the grants of these roles for an event; omits roles unknown to this policy.
  func write(_ roles: [String], into out: inout ByteBuffer) {
    out.append("{")
    for role in roles {
      guard let grants = custom[role]?.grants else { continue }
      out.field(role)
      out.append("{")
      for capability in Capability.allCases {
        guard let reach = grants[capability] else { continue }
        out.field(capability.rawValue)
        out.write(reach.rawValue)
      }
      out.append("}")
    }
    out.append("}")
  }

  /// The policy as a compact policy file, always in the same order.
  public var text: String {
    var out = ByteBuffer()
    out.append("{\"roles\":{")
    for (name, role) in custom.sorted(by: { $0.key < $1.key }) {
      out.field(name)
      out.append("{")
      if let description = role.description {
        out.field("description")
        out.write(description)
      }
      out.field("grants")
      out.append("[")
      for capability in Capability.allCases {
        guard let reach = role.grants[capability] else { continue }
        out.element()
        out.append("{")
        out.field("capability")
        out.write(capability.rawValue)
        out.field("scope")
        out.write(reach.rawValue)
        out.append("}")
      }
      out.append("]}")
    }
    out.append("}}")
    return out.string
  }

  /// The custom roles, sorted.
  public var roleNames: [String] { custom.keys.sorted() }

  /// Decodes a stored policy; nil if there is none. Throws `corrupt` if the text is not a policy.
  public static func stored(_ text: String?) throws(StoreError) -> Policy? {
    guard var text else { return nil }
    do {
      return try text.withUTF8 { bytes in
        var parser = JSONParser()
        return try Policy(parser.parse(bytes))
      }
    } catch {
      throw .corrupt("its policy does not match its checksum")
    }
  }
}
