public import Contract

/// How far a capability reaches.
public enum Scope: Equatable, Sendable {
  /// The caller's own account.
  case own
  case organization(String)
  case all

  /// What both reach. The caller's own account stays theirs under an organization.
  func narrowed(to organization: String?) -> Scope? {
    guard let organization else { return self }
    switch self {
    case .own: return .own
    case .all: return .organization(organization)
    case .organization(let own): return own == organization ? self : nil
    }
  }

  /// Whether who holds this may hand out `other`.
  func covers(_ other: Scope) -> Bool {
    switch (self, other) {
    case (.all, _), (.own, .own), (.organization, .own): true
    case (.organization(let mine), .organization(let theirs)): mine == theirs
    default: false
    }
  }
}

/// What roles allow.
///
/// `owner`, `admin`, `member` and `annotator` are predefined. Any other role is a label for the
/// host's own use and grants nothing.
public enum Policy {
  public static let owner = "owner"
  public static let admin = "admin"
  public static let member = "member"
  public static let annotator = "annotator"

  /// What a role grants: everything everywhere, or reading in one's organization.
  static func scope(
    of capability: Capability, for role: String, organization: String?
  ) -> Scope? {
    switch role {
    case owner, admin: .all
    case member, annotator:
      // Without an organization there is nobody else to see.
      capability == .read ? organization.map { .organization($0) } ?? .own : nil
    default: nil
    }
  }

  /// What all the roles grant together: the widest of them.
  static func scope(
    of capability: Capability, for roles: [String], organization: String?
  ) -> Scope? {
    var widest: Scope?
    for role in roles {
      guard let scope = scope(of: capability, for: role, organization: organization) else {
        continue
      }
      if widest.map({ scope.covers($0) }) ?? true { widest = scope }
    }
    return widest
  }
}

/// How the launcher narrows what the caller's roles allow. Nothing in a request widens it.
public struct LaunchLimits: Sendable {
  public var isReadOnly = false
  /// If set, only these capabilities.
  public var allowed: Set<Capability>?
  public var denied: Set<Capability> = []
  public var organization: String?

  public init() {}

  func permits(_ capability: Capability) -> Bool {
    if isReadOnly, capability != .read { return false }
    return (allowed?.contains(capability) ?? true) && !denied.contains(capability)
  }
}
