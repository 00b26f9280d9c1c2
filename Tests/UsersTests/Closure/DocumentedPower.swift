import JSON
import UserMethods
import Users

/// The rights of an account over others, derived from the documentation (`Permissions.md`) and not
/// from the code; the closure tests compare the two.
///
/// Rights over the own account alone are left out, because they give nothing over others.
struct DocumentedPower: Equatable, CustomStringConvertible {
  struct Right: Hashable {
    let capability: String
    /// nil for all organizations.
    let organization: String?
  }

  private(set) var rights: Set<Right> = []

  /// "Only an owner can change or delete an owner's account, or give or take the role `owner`."
  private static let ownership = "ownership"
  static let capabilities = [
    "users.read", "users.create", "users.update", "users.invite", "users.reset_password",
    "users.delete", "users.purge", "users.grant", "users.events", "users.tokens",
  ]

  static let none = DocumentedPower()

  /// "Capability | owner, admin | member | annotator", and custom roles by their grants. A name that is
  /// neither is a label.
  init(roles: [String], organization: String?, _ policy: DocumentedPolicy) {
    for role in roles {
      switch role {
      case "owner", "admin":
        for capability in Self.capabilities { add(capability, "all", organization) }
        if role == "owner" { add(Self.ownership, "all", organization) }
      case "member", "annotator": add("users.read", "organization", organization)
      default:
        for (capability, reach) in policy.roles[role] ?? [:] {
          add(capability, reach, organization)
        }
      }
    }
  }

  private init() {}

  init(of user: User, _ policy: DocumentedPolicy) {
    self.init(roles: user.roles, organization: user.organizationID, policy)
  }

  /// "A member without an organization sees only their own account."
  private mutating func add(_ capability: String, _ reach: String, _ organization: String?) {
    switch reach {
    case "all": rights.insert(Right(capability: capability, organization: nil))
    case "organization":
      if let organization {
        rights.insert(Right(capability: capability, organization: organization))
      }
    default: break
    }
  }

  /// "The launcher can narrow what the caller's roles allow": to capabilities, and to an organization.
  func limited(to capabilities: Set<String>?, _ organization: String?) -> DocumentedPower {
    var left = DocumentedPower.none
    for right in rights {
      if let capabilities, right.capability != Self.ownership,
        !capabilities.contains(right.capability)
      {
        continue
      }
      guard let organization else {
        left.rights.insert(right)
        continue
      }
      if right.organization == nil || right.organization == organization {
        left.rights.insert(Right(capability: right.capability, organization: organization))
      }
    }
    return left
  }

  func covers(_ right: Right) -> Bool {
    rights.contains(right)
      || rights.contains(Right(capability: right.capability, organization: nil))
  }

  /// The rights that `other` does not cover.
  func beyond(_ other: DocumentedPower) -> DocumentedPower {
    var rest = DocumentedPower.none
    rest.rights = rights.filter { !other.covers($0) }
    return rest
  }

  func union(_ other: DocumentedPower) -> DocumentedPower {
    var both = self
    both.rights.formUnion(other.rights)
    return both
  }

  var isNone: Bool { rights.isEmpty }

  var description: String {
    rights.map { "\($0.capability)@\($0.organization ?? "all")" }.sorted().joined(separator: " ")
  }
}

/// Custom roles: the scope by role name and capability.
struct DocumentedPolicy: Equatable {
  var roles: [String: [String: String]]

  var json: String {
    let members = roles.sorted { $0.key < $1.key }.map { name, grants in
      let list = grants.sorted { $0.key < $1.key }.map {
        "{\"capability\":\"\($0.key)\",\"scope\":\"\($0.value)\"}"
      }
      return "\"\(name)\":{\"grants\":[\(list.joined(separator: ","))]}"
    }
    return "{\"roles\":{\(members.joined(separator: ","))}}"
  }

  /// The policy as the code reads it.
  func parsed() throws -> Policy {
    var parser = JSONParser()
    return try Array(json.utf8).withUnsafeBufferPointer { try Policy(parser.parse($0)) }
  }
}
