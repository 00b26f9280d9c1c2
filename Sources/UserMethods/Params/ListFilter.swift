internal import Contract
internal import Users

/// The filters that `users.list` and `users.count` share.
struct ListFilter {
  private let org: OrganizationID?
  private var status: EnumSet<UserStatus>?
  private var includeInactive = false
  private(set) var conditions: [Condition] = []

  init(_ v: inout ParamVisitor) {
    org = v.optional("org_id", alias: "organization_id", "Belongs to this organization.")
    text(
      .query, SearchText.self, "query", "Part of the email or name.",
      &v)
    text(.email, GivenEmail.self, "email", "This email.", &v)
    text(
      .emailDomain, EmailDomain.self, "email_domain", "Such as example.com.",
      &v)
    text(.username, Username.self, "username", "This username.", &v)
    let ids: IDList? = v.optional("user_ids", "One of these ids.")
    if let ids { conditions.append(.ids(ids.ids)) }
    text(.role, RoleName.self, "role", "Holding this role.", &v)
    text(.group, Label.self, "group", "One of auto_groups.", &v)
    status = v.optional("status", "In one of these states.")
    flag(.active, "is_active", "Enabled, or not.", &v)
    flag(.blocked, "is_blocked", alias: "banned", "Blocked, or not.", &v)
    flag(.superuser, "is_superuser", "Owners and admins, or all others.", &v)
    flag(.serviceAccount, "is_service_account", "Service accounts, or people.", &v)
    flag(.developer, "is_developer", "Developers, or all others.", &v)
    flag(.emailVerified, "email_verified", "With a verified email, or without.", &v)
    text(.oauthProvider, Label.self, "oauth_provider", "Signing in at this provider.", &v)
    text(.oauthID, Label.self, "oauth_id", "With this id at the provider.", &v)
    time(
      .created, "created_after", "Created later than this.", "created_before",
      "Created earlier than this.", &v)
    time(
      .updated, "updated_after", "Changed later than this.", "updated_before",
      "Changed earlier than this.", &v)
    time(
      .lastLogin, "last_login_after", "Signed in later than this.", "last_login_before",
      "Last signed in earlier than this.", &v)
    includeInactive = v.flag("include_inactive", "Disabled and blocked accounts too.")
  }

  @inline(__always)
  private mutating func text<T: TextParam>(
    _ condition: TextCondition, _ type: T.Type, _ name: StaticString, _ description: StaticString,
    _ v: inout ParamVisitor
  ) {
    let text: T? = v.optional(name, description)
    if let text { conditions.append(.text(condition, condition.text(of: text.value))) }
  }

  @inline(__always)
  private mutating func flag(
    _ flag: UserFlags, _ name: StaticString, alias: StaticString? = nil,
    _ description: StaticString,
    _ v: inout ParamVisitor
  ) {
    let isOn: Bool? = v.optional(name, alias: alias, description)
    if let isOn { conditions.append(.flag(flag, isOn)) }
  }

  @inline(__always)
  private mutating func time(
    _ condition: TimeCondition, _ afterName: StaticString, _ afterAbout: StaticString,
    _ beforeName: StaticString, _ beforeAbout: StaticString, _ v: inout ParamVisitor
  ) {
    let after: TimeBound? = v.optional(afterName, afterAbout)
    let before: TimeBound? = v.optional(beforeName, beforeAbout)
    if after == nil, before == nil { return }
    conditions.append(.time(condition, TimeRange(after: after?.after, before: before?.before)))
  }

  /// The filter within this caller's scope. An organization outside the scope is refused without a
  /// lookup, to hide whether it exists.
  func resolved<Store>(for store: ScopedStore<Store>) throws(Failure) -> Filter {
    var filter = Filter(scope: store.scope)
    if let org {
      guard store.scope.covers(.organization(org.value)) else { throw .outsideOrganization }
      filter.scope = .organization(org.value)
    }
    for condition in conditions { filter.require(condition) }
    filter.statuses = statuses
    // Only callers who may restore deleted accounts can list them.
    if filter.statuses?.contains(.deleted) ?? false {
      let mayRestore = try store.caller().scope(of: .delete)?.covers(filter.scope) ?? false
      if !mayRestore { filter.statuses?.remove(.deleted) }
    }
    return filter
  }

  /// Disabled accounts stay hidden unless a filter asks for them.
  private var statuses: Set<UserStatus>? {
    if let status { return status.values }
    let isAsked =
      includeInactive
      || conditions.contains { condition in
        switch condition {
        case .flag(.active, _), .flag(.blocked, _): true
        default: false
        }
      }
    return isAsked ? nil : [.active, .invited]
  }
}
