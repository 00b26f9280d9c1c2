import Contract
import Secrets
import UserMethods
import Users

/// The callers of the matrix. The own account of each is me@acme.com.
enum Caller: String, CaseIterable {
  // Callers without a valid credential.
  case none, expired, revoked, disabled, invited, gone
  case member, memberWithoutOrganization, annotator, label
  /// Custom roles: see `Directory.roles`. The recruiter and the self-service caller are members
  /// too.
  case helpdesk, auditor, recruiter, selfservice
  case adminReadOnly, adminInOrganization, adminDenied
  /// `adminInOrganization` with mail. Mailing a secret instead of returning it makes no difference.
  case mailingInOrganization
  /// An admin's token with the scopes to read, to update and to manage tokens.
  case narrowed
  /// An admin who signed in with a password.
  case session
  case admin, owner

  /// The six callers without a valid credential, which get 401 from all but open methods.
  static let unauthenticated: [Caller] = [.none, .expired, .revoked, .disabled, .invited, .gone]

  var roles: [String] {
    switch self {
    case .none, .gone, .member, .memberWithoutOrganization: ["member"]
    case .annotator: ["annotator"]
    case .label: ["billing"]
    case .helpdesk: ["helpdesk"]
    case .auditor: ["auditor"]
    case .recruiter: ["member", "recruiter"]
    case .selfservice: ["member", "selfservice"]
    case .owner: ["owner"]
    case .expired, .revoked, .disabled, .invited, .adminReadOnly, .adminInOrganization,
      .adminDenied, .mailingInOrganization, .narrowed, .session, .admin:
      ["admin"]
    }
  }

  var flags: UserFlags {
    var flags: UserFlags = [.active, .developer, .emailVerified]
    switch self {
    case .disabled: flags.insert(.blocked)
    case .invited: flags.insert(.invited)
    case .annotator: flags.remove(.developer)
    default: break
    }
    return flags
  }

  var isMailing: Bool { self == .mailingInOrganization }

  var limits: LaunchLimits {
    var limits = LaunchLimits()
    switch self {
    case .adminReadOnly: limits.isReadOnly = true
    case .adminDenied: limits.denied = Set(Capability.allCases).subtracting([.read])
    case .adminInOrganization, .mailingInOrganization: limits.organization = "acme"
    default: break
    }
    return limits
  }
}

/// The account that a call names. `higher` is an admin, `highest` an owner; `deleted` can be
/// restored.
enum Target: String, CaseIterable {
  case own, peer, higher, highest, foreign, deleted, absent

  var email: String {
    switch self {
    case .own: "me@acme.com"
    case .peer: "peer@acme.com"
    case .higher: "admin@acme.com"
    case .highest: "owner@acme.com"
    case .foreign: "foreign@globex.com"
    case .deleted: "deleted@acme.com"
    case .absent: "absent@globex.com"
    }
  }

  var number: Int64 {
    switch self {
    case .highest: 1
    case .peer: 2
    case .own: 3
    case .foreign: 4
    case .higher: 6
    case .deleted: 7
    case .absent: 99
    }
  }

  var id: UserID { Directory.id(number) }
  var tokenNumber: Int64 { 100 + number }

  var organization: String {
    switch self {
    case .foreign: "globex"
    case .absent: "never-heard-of"
    default: "acme"
    }
  }

  var roles: [String] {
    switch self {
    case .higher: ["admin"]
    case .highest: ["owner"]
    case .deleted: []
    default: ["member"]
    }
  }
}

/// The status of the accounts, for methods that depend on it.
enum Setup {
  /// All accounts are active except `deleted`.
  case plain
  /// All accounts except the caller's are invited.
  case othersInvited
  /// All accounts are invited, the caller's too.
  case allInvited
  /// All accounts except the caller's are deleted and can be restored; `deleted` does not exist.
  case othersDeleted
}

extension StoreDirectory where Store == MemoryUserStore {
  convenience init(
    _ caller: Caller, _ setup: Setup = .plain, hasForeigners: Bool = true,
    catalog: Catalog<StoreAccessControl<Store>>? = nil
  ) throws {
    try self.init(
      MemoryUserStore(), caller, setup, hasForeigners: hasForeigners, catalog: catalog)
  }
}

extension StoreDirectory {
  /// The directory of the matrix for `caller`.
  convenience init(
    _ store: Store, _ caller: Caller, _ setup: Setup, hasForeigners: Bool = true,
    catalog: Catalog<StoreAccessControl<Store>>? = nil
  ) throws {
    try self.init(store, catalog: catalog)
    // One transaction, because a kept store waits for its disk at the end of each.
    try transaction { _ in try addAll(caller, setup, hasForeigners: hasForeigners) }
  }

  private func addAll(_ caller: Caller, _ setup: Setup, hasForeigners: Bool) throws {
    for target in Target.allCases {
      switch target {
      case .own: try addCaller(caller, setup)
      case .foreign where !hasForeigners, .absent: continue
      case .deleted where setup == .othersDeleted: continue
      default: try add(target, setup)
      }
    }
    if hasForeigners {
      try add(5, "gone@globex.com", roles: ["member"], organization: "globex", flags: [])
    }
  }

  private func addCaller(_ caller: Caller, _ setup: Setup) throws {
    if caller == .gone { return }
    var flags = caller.flags
    if setup == .allInvited { flags.insert(.invited) }
    let organization = caller == .memberWithoutOrganization ? nil : Target.own.organization
    let user = try add(
      Target.own.number, Target.own.email, roles: caller.roles, organization: organization,
      flags: flags)
    furnish(user, .own)
  }

  private func add(_ target: Target, _ setup: Setup) throws {
    var flags: UserFlags = [.active, .developer, .emailVerified]
    if setup == .othersInvited || setup == .allInvited { flags.insert(.invited) }
    let isDeleted = target == .deleted || setup == .othersDeleted
    if isDeleted { flags.insert(.deleted) }
    let user = try add(
      target.number, target.email, roles: isDeleted ? [] : target.roles,
      organization: target.organization, flags: flags)
    furnish(user, target)
  }

  /// Adds an event, a token and a password. The deleted account gets them too, although deleting
  /// removes them, to show that no caller sees or uses them.
  private func furnish(_ user: User, _ target: Target) {
    addEvent(of: user)
    addToken(target.tokenNumber, of: user.id, .api)
    setPassword(of: user.id)
  }

  func client(_ caller: Caller) -> StoreClient<Store> {
    isMailing = caller.isMailing
    return client(identity(of: caller), caller.limits)
  }

  private func identity(of caller: Caller) -> Identity {
    let own = Target.own.id
    switch caller {
    case .none: return .anonymous
    case .expired: return .token(addToken(98, of: own, .api, expiresAt: now).digest)
    case .revoked:
      let text = addToken(98, of: own, .api)
      writing { store in
        if let token = try store.token(.digest(text.digest)) { try store.remove(token) }
      }
      return .token(text.digest)
    case .narrowed:
      return .token(addToken(98, of: own, .api, to: [.read, .update, .tokens]).digest)
    case .session: return .token(addToken(98, of: own, .session).digest)
    default: return .user(own)
    }
  }
}
