import Contract
import Secrets
import UserMethods
import Users

/// Who calls in the matrix. Their own account is me@acme.com, whatever it may do.
enum Caller: String, CaseIterable {
  // Nobody, or nobody any more.
  case none, expired, revoked, disabled, invited, gone
  case member, memberWithoutOrganization, annotator, label
  /// Custom roles: see `Directory.roles`. The recruiter is a member too, and so is who may update
  /// themself.
  case helpdesk, auditor, recruiter, selfservice
  case adminReadOnly, adminInOrganization, adminDenied
  /// The same with mail: that nobody sees a secret makes no difference.
  case mailingInOrganization
  /// A token of an admin, narrowed to reading, updating and tokens.
  case narrowed
  /// An admin who signed in with a password.
  case session
  case admin, owner

  /// Those whose credential is no good: the five of them get 401 from all but open methods.
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

/// Whom a call is about. `higher` is an admin, `highest` an owner, and `deleted` could be restored.
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

/// What the directory holds, for methods that are about a state.
enum Setup {
  /// All are active but the deleted one.
  case plain
  /// Everybody but the caller waits for their invitation.
  case othersInvited
  /// The caller too.
  case allInvited
  /// Everybody but the caller is deleted, and could be restored; the deleted one is for good.
  case othersDeleted
}

extension Directory {
  /// The directory of the matrix, as `caller` meets it.
  convenience init(
    _ caller: Caller, _ setup: Setup = .plain, hasForeigners: Bool = true,
    catalog: Catalog<StoreAccessControl<MemoryUserStore>>? = nil
  ) throws {
    try self.init(catalog: catalog)
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

  /// Gives an account what belongs to one. The deleted one too, though deleting takes it away:
  /// nothing of it may be seen or used.
  private func furnish(_ user: User, _ target: Target) {
    addEvent(of: user)
    addToken(target.tokenNumber, of: user.id, .api)
    setPassword(of: user.id)
  }

  func client(_ caller: Caller) -> Client {
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
        if let token = store.token(.digest(text.digest)) { store.remove(token) }
      }
      return .token(text.digest)
    case .narrowed:
      return .token(addToken(98, of: own, .api, to: [.read, .update, .tokens]).digest)
    case .session: return .token(addToken(98, of: own, .session).digest)
    default: return .user(own)
    }
  }
}
