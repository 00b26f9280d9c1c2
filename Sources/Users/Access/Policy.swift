public import Contract

/// How far a capability reaches for one caller.
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

/// How far a role's capability reaches, whoever holds the role.
public enum Reach: String, CaseIterable, Sendable {
  case own = "self"
  case organization, all

  /// Without an organization there is nobody else to see.
  func scope(in organization: String?) -> Scope {
    switch self {
    case .own: .own
    case .organization: organization.map { .organization($0) } ?? .own
    case .all: .all
    }
  }
}

/// What roles allow.
///
/// `owner`, `admin`, `member` and `annotator` are predefined; a policy file defines more. Any other
/// role is a label for the host's own use and grants nothing.
public struct Policy: Sendable {
  public static let owner = "owner"
  public static let admin = "admin"
  public static let member = "member"
  public static let annotator = "annotator"
  static let predefined = [owner, admin, member, annotator]

  /// The predefined roles alone.
  public static let standard = Policy(custom: [:])

  private let custom: [String: [Capability: Reach]]

  init(custom: [String: [Capability: Reach]]) { self.custom = custom }

  private func reach(of capability: Capability, for role: String, _ user: User) -> Reach? {
    switch role {
    case Self.owner, Self.admin: .all
    case Self.member where capability == .tokens: user.flags.contains(.developer) ? .own : nil
    case Self.member, Self.annotator: capability == .read ? .organization : nil
    default: custom[role]?[capability]
    }
  }

  /// What `role` grants to `user`.
  func scope(of capability: Capability, for role: String, _ user: User) -> Scope? {
    reach(of: capability, for: role, user)?.scope(in: user.organizationID)
  }

  /// What all roles of `user` grant together: the widest of them.
  func scope(of capability: Capability, for user: User) -> Scope? {
    var widest: Scope?
    for role in user.roles {
      guard let scope = scope(of: capability, for: role, user) else { continue }
      if widest.map({ scope.covers($0) }) ?? true { widest = scope }
    }
    return widest
  }

  /// Whether an account with these roles belongs to an organization: only who reaches all need not.
  func needsOrganization(_ user: User) -> Bool {
    !Capability.allCases.contains { scope(of: $0, for: user) == .all }
  }
}

/// How the launcher narrows what the caller's roles allow. Nothing in a request widens it.
public struct LaunchLimits: Sendable {
  public var isReadOnly = false
  /// If set, only these capabilities.
  public var allowed: Set<Capability>?
  public var denied: Set<Capability> = []
  public var organization: String?
  /// If set, agents get only the tools of these names.
  public var tools: Set<String>?

  public init() {}

  func permits(_ capability: Capability) -> Bool {
    if isReadOnly, capability != .read, capability != .events { return false }
    return (allowed?.contains(capability) ?? true) && !denied.contains(capability)
  }

  /// Whether agents get this method, if they may use it.
  func permitsTool(_ method: MethodDescription) -> Bool {
    method.tool != nil && tools?.contains(method.toolName) ?? true
  }
}
