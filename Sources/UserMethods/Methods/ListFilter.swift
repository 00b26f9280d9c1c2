internal import Contract
internal import JSON
internal import Users

/// The filters that `users.list` and `users.count` share.
struct ListFilter {
  private let org: OrganizationID?
  private let query: SearchText?
  private let email: Email?
  private let emailDomain: EmailDomain?
  private let username: Label?
  private let userIDs: IDList?
  private let role: RoleName?
  private let group: Label?
  private let status: StatusList?
  private let isActive: Bool?
  private let isBlocked: Bool?
  private let isSuperuser: Bool?
  private let isServiceAccount: Bool?
  private let isDeveloper: Bool?
  private let emailVerified: Bool?
  private let oauthProvider: Label?
  private let oauthID: Label?
  private var created = Filter.TimeRange()
  private var updated = Filter.TimeRange()
  private var lastLogin = Filter.TimeRange()
  private let includeInactive: Bool

  init(_ v: inout ParamVisitor) {
    org = v.optional("org_id", alias: "organization_id", "In this organization.")
    query = v.optional("query", "Part of the email or name; case and accents don't matter.")
    email = v.optional("email", "This email.")
    emailDomain = v.optional("email_domain", "An email there, such as example.com.")
    username = v.optional("username", "This username.")
    userIDs = v.optional("user_ids", "One of these ids.")
    role = v.optional("role", "Holding this role.")
    group = v.optional("group", "One of auto_groups.")
    status = v.optional("status", "In one of these states.")
    isActive = v.optional("is_active", "Enabled, or not.")
    isBlocked = v.optional("is_blocked", alias: "banned", "Blocked, or not.")
    isSuperuser = v.optional("is_superuser", "Owners and admins, or all others.")
    isServiceAccount = v.optional("is_service_account", "Service accounts, or people.")
    isDeveloper = v.optional("is_developer", "Developers, or all others.")
    emailVerified = v.optional("email_verified", "With a verified email, or without.")
    oauthProvider = v.optional("oauth_provider", "Signing in at this provider.")
    oauthID = v.optional("oauth_id", "With this id at the provider.")
    created.after = v.optional("created_after", "Created later than this.")
    created.before = v.optional("created_before", "Created earlier than this.")
    updated.after = v.optional("updated_after", "Changed later than this.")
    updated.before = v.optional("updated_before", "Changed earlier than this.")
    lastLogin.after = v.optional("last_login_after", "Signed in later than this.")
    lastLogin.before = v.optional("last_login_before", "Last signed in earlier than this.")
    includeInactive = v.flag("include_inactive", "Disabled and blocked accounts too.")
  }

  /// The filter as this caller may apply it. An organization outside the scope is refused without
  /// a look at whether it exists.
  func resolved<Store>(for store: ScopedStore<Store>) throws(Failure) -> Filter {
    var filter = Filter(scope: store.scope)
    if let org {
      guard store.scope.covers(.organization(org.value)) else { throw .outsideOrganization }
      filter.scope = .organization(org.value)
    }
    filter.query = query?.folded
    filter.email = email?.value
    filter.emailDomain = emailDomain?.value
    filter.username = username?.value
    filter.ids = userIDs?.ids
    filter.role = role?.value
    filter.group = group?.value
    filter.oauthProvider = oauthProvider?.value
    filter.oauthID = oauthID?.value
    (filter.created, filter.updated, filter.lastLogin) = (created, updated, lastLogin)
    filter.require(.active, isActive)
    filter.require(.blocked, isBlocked)
    filter.require(.superuser, isSuperuser)
    filter.require(.serviceAccount, isServiceAccount)
    filter.require(.developer, isDeveloper)
    filter.require(.emailVerified, emailVerified)
    filter.statuses = statuses
    try hideDeleted(in: &filter, store)
    return filter
  }

  /// Deleted accounts are only there for who may restore them.
  private func hideDeleted<Store>(
    in filter: inout Filter, _ store: ScopedStore<Store>
  ) throws(Failure) {
    guard filter.statuses?.contains(.deleted) ?? false else { return }
    let mayRestore = try store.caller().scope(of: .delete)?.covers(filter.scope) ?? false
    if !mayRestore { filter.statuses?.remove(.deleted) }
  }

  /// Disabled accounts stay hidden unless something asks for them.
  private var statuses: Set<UserStatus>? {
    if let status { return status.values }
    let asked = includeInactive || isActive != nil || isBlocked != nil
    return asked ? nil : [.active, .invited]
  }
}

/// Ids to look for; those that are none are nobody's.
struct IDList: ParamValue {
  let ids: [UserID]

  private static let length = 0...1000
  static var shape: Shape { .array(.string(length: 1...320), length: length) }
  static var placeholder: IDList { IDList(ids: []) }

  private init(ids: [UserID]) { self.ids = ids }

  init(_ json: JSONValue) throws(Mismatch) {
    let ids = try json.decodedElements(length: Self.length) {
      (element) throws(Mismatch) -> UserID? in
      guard let text = element.string else { throw Mismatch("must be a string") }
      return UserID(text)
    }
    self.ids = ids.compactMap { $0 }
  }
}

struct StatusList: ParamValue {
  let values: Set<UserStatus>

  private static let length = 1...UserStatus.allCases.count
  static var shape: Shape { .array(UserStatus.shape, length: length) }
  static var placeholder: StatusList { StatusList(values: []) }

  private init(values: Set<UserStatus>) { self.values = values }

  init(_ json: JSONValue) throws(Mismatch) {
    values = Set(
      try json.decodedElements(length: Self.length) {
        (element) throws(Mismatch) in try UserStatus(element)
      })
  }
}
