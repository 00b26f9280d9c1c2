internal import Contract
internal import JSON
internal import Users

/// The members of an account that callers may set, for creating and updating alike.
struct AccountPatch {
  var email: Patch<Email>
  var name: Patch<Name>
  var organizationID: Patch<OrganizationID>
  var roles: Patch<TextSet<RoleName>>
  var isSuperuser: Patch<Bool>
  var isActive: Patch<Bool>
  var isBlocked: Patch<Bool>
  var username: Patch<Username>
  var avatarURL: Patch<WebAddress>
  var company: Patch<Label>
  var jobTitle: Patch<Label>
  var metadata: Patch<Metadata>
  var autoGroups: Patch<TextSet<Label>>
  var oauthProvider: Patch<Label>
  var oauthID: Patch<Label>
  var emailVerified: Patch<Bool>
  var hasCompletedOnboarding: Patch<Bool>
  var isDeveloper: Patch<Bool>

  /// Declares the members: for a new account null means absent, for an update it clears.
  init(_ v: inout ParamVisitor, isNew: Bool) {
    let member = Members(isNew: isNew)
    email = member.clearable("email", "Email address; only service accounts can be without.", &v)
    name =
      isNew ? .set(v.required("name", Self.nameAbout)) : member.fixed("name", Self.nameAbout, &v)
    organizationID = member.clearable(
      "org_id", alias: "organization_id",
      "Organization; only owners and admins can be without.", &v)
    roles = member.fixed("roles", "Roles, replacing the present ones (member).", &v)
    isSuperuser = member.fixed("is_superuser", "Adds or removes the role admin.", &v)
    isActive = member.fixed("is_active", "Whether the account is enabled.", &v)
    isBlocked = member.fixed("is_blocked", alias: "banned", "Whether it is banned.", &v)
    username = member.clearable(
      "username", "Unique name of letters, digits and _ - @ . (the email).", &v)
    avatarURL = member.clearable("avatar_url", "Address of a picture.", &v)
    company = member.clearable("company", "Employer.", &v)
    jobTitle = member.clearable("job_title", "Position.", &v)
    metadata = member.clearable("metadata", "Your own data; merged as RFC 7396 says.", &v)
    autoGroups = member.clearable("auto_groups", "Groups, replacing the present ones.", &v)
    oauthProvider = member.clearable("oauth_provider", "Where the account signs in.", &v)
    oauthID = member.clearable("oauth_id", "Its id at that provider.", &v)
    emailVerified = member.fixed("email_verified", "The email is known to be theirs.", &v)
    hasCompletedOnboarding = member.fixed("has_completed_onboarding", "For your own use.", &v)
    isDeveloper = member.fixed("is_developer", "May make API tokens.", &v)
  }

  private static let nameAbout: StaticString = "The name that people read."

  /// Clears the member that goes by this name; false if it is given a value.
  mutating func clear(_ name: String) -> Bool {
    switch name {
    case "email": email.clear()
    case "org_id": organizationID.clear()
    case "username": username.clear()
    case "avatar_url": avatarURL.clear()
    case "company": company.clear()
    case "job_title": jobTitle.clear()
    case "metadata": metadata.clear()
    case "auto_groups": autoGroups.clear()
    case "oauth_provider": oauthProvider.clear()
    case "oauth_id": oauthID.clear()
    default: false
    }
  }

  static let clearableNames = [
    "email", "org_id", "username", "avatar_url", "company", "job_title", "metadata", "auto_groups",
    "oauth_provider", "oauth_id",
  ]

  var isEmpty: Bool {
    email.isKept && name.isKept && organizationID.isKept && roles.isKept && isSuperuser.isKept
      && isActive.isKept && isBlocked.isKept && username.isKept && avatarURL.isKept
      && company.isKept && jobTitle.isKept && metadata.isKept && autoGroups.isKept
      && oauthProvider.isKept && oauthID.isKept && emailVerified.isKept
      && hasCompletedOnboarding.isKept && isDeveloper.isKept
  }

  /// A new account made of this patch; `blank` has what the patch doesn't tell.
  func newUser(from blank: User) throws(Failure) -> User {
    var user = blank
    let isBareSuperuser = if case .set(true) = isSuperuser { roles.isKept } else { false }
    user.roles = isBareSuperuser ? [] : [RoleName.member]
    user = try applied(to: user, mergesMetadata: false)
    if isDeveloper.isKept {
      let developing: Set = [RoleName.owner, RoleName.admin, RoleName.member]
      user.flags.set(.developer, !developing.isDisjoint(with: user.roles))
    }
    return user
  }

  /// `old` as changed by this patch. What the result has to satisfy is checked by `AccountRules`.
  ///
  /// A new account keeps the metadata that it is given as it is, nulls too.
  func applied(to old: User, mergesMetadata: Bool = true) throws(Failure) -> User {
    var user = old
    user.email = email.map(\.value).apply(to: old.email)
    user.name = name.map(\.value).applyRequired(to: old.name)
    user.organizationID = organizationID.map(\.value).apply(to: old.organizationID)
    user.avatarURL = avatarURL.map(\.value).apply(to: old.avatarURL)
    user.company = company.map(\.value).apply(to: old.company)
    user.jobTitle = jobTitle.map(\.value).apply(to: old.jobTitle)
    user.oauthProvider = oauthProvider.map(\.value).apply(to: old.oauthProvider)
    user.oauthID = oauthID.map(\.value).apply(to: old.oauthID)
    user.autoGroups = autoGroups.map(\.values).apply(to: old.autoGroups) ?? []
    user.username = newUsername(of: user, old)
    user.metadata = try newMetadata(mergesMetadata ? old.metadata : nil)
    user.roles = try newRoles(old.roles)
    setFlag(.active, isActive, &user)
    setFlag(.blocked, isBlocked, &user)
    setFlag(.emailVerified, emailVerified, &user)
    setFlag(.onboarded, hasCompletedOnboarding, &user)
    setFlag(.developer, isDeveloper, &user)
    // Who signs in elsewhere need not accept an invitation here.
    if user.isOAuth { user.flags.remove(.invited) }
    // Nobody knows yet whose the new one is.
    if user.email != old.email, emailVerified.isKept { user.flags.remove(.emailVerified) }
    user.deriveFlags()
    return user
  }

  private func setFlag(_ flag: UserFlags, _ patch: Patch<Bool>, _ user: inout User) {
    if case .set(let isOn) = patch { user.flags.set(flag, isOn) }
  }

  private func newUsername(of user: User, _ old: User) -> String {
    // An account that signs in elsewhere goes by its email.
    if user.isOAuth, username.isKept { return user.defaultUsername }
    switch username {
    case .keep:
      // One that was never chosen follows the email.
      let isChosen = !old.username.isEmpty && old.username != old.defaultUsername
      return isChosen ? old.username : user.defaultUsername
    case .clear: return user.defaultUsername
    case .set(let username): return username.value
    }
  }

  private func newMetadata(_ old: String?) throws(Failure) -> String {
    switch metadata {
    case .keep: return old ?? "{}"
    case .clear: return "{}"
    case .set(let patch):
      guard let json = patch.json else { return old ?? "{}" }
      var out = ByteBuffer()
      if let old { try out.append(merging: json, intoText: old) } else { out.append(compact: json) }
      guard out.count <= Metadata.byteCountMax else { throw .metadataTooLarge }
      return out.string
    }
  }

  private func newRoles(_ old: [String]) throws(Failure) -> [String] {
    var roles = Set(self.roles.map(\.values).applyRequired(to: old))
    guard case .set(let isSuperuser) = isSuperuser else { return roles.sorted() }
    if isSuperuser {
      if !roles.contains(RoleName.owner) { roles.insert(RoleName.admin) }
      return roles.sorted()
    }
    if roles.contains(RoleName.owner) || (!self.roles.isKept && roles.contains(RoleName.admin)) {
      throw .invalidParams([
        .init("/is_superuser", "can't be false for an owner or beside the role admin")
      ])
    }
    roles.remove(RoleName.admin)
    return roles.isEmpty && self.roles.isKept ? [RoleName.member] : roles.sorted()
  }
}

extension ByteBuffer {
  fileprivate mutating func append(
    merging patch: JSONValue, intoText target: String
  ) throws(Failure) {
    var target = target
    let isMerged = target.withUTF8 { bytes in
      var parser = JSONParser()
      do { append(merging: patch, into: try parser.parse(bytes)) } catch { return false }
      return true
    }
    if !isMerged { throw .internalError }
  }
}

extension Patch {
  fileprivate func map<R>(_ transform: (Value) -> R) -> Patch<R> {
    switch self {
    case .keep: .keep
    case .clear: .clear
    case .set(let value): .set(transform(value))
    }
  }
}

extension Patch {
  /// Clears what is kept so far; false for what is set.
  fileprivate mutating func clear() -> Bool {
    if case .set = self { return false }
    self = .clear
    return true
  }
}

/// Names of members that can be cleared.
struct ClearedMembers: ParamValue {
  let names: [String]

  private static let length = 0...AccountPatch.clearableNames.count
  static var shape: Shape { .array(.words(AccountPatch.clearableNames), length: length) }
  static var placeholder: ClearedMembers { ClearedMembers(names: []) }

  private init(names: [String]) { self.names = names }

  init(_ json: JSONValue) throws(Mismatch) {
    names = try json.decodedElements(length: Self.length) {
      (element) throws(Mismatch) -> String in
      let clearable = AccountPatch.clearableNames
      guard let name = element.string else { throw Mismatch("must be a string") }
      // As records have it.
      if name == "organization_id" { return "org_id" }
      if clearable.contains(name) { return name }
      throw Mismatch("can't be cleared; these can: \(clearable.joined(separator: ", "))")
    }
  }
}

/// Declares members of an account as what they are for a new one, or for an update.
private struct Members {
  let isNew: Bool

  /// One that null clears.
  @inline(__always)
  func clearable<T: ParamValue>(
    _ name: StaticString, alias: StaticString? = nil, _ about: StaticString, _ v: inout ParamVisitor
  ) -> Patch<T> {
    declare(name, alias, true, about, &v)
  }

  /// One that always has a value.
  @inline(__always)
  func fixed<T: ParamValue>(
    _ name: StaticString, alias: StaticString? = nil, _ about: StaticString, _ v: inout ParamVisitor
  ) -> Patch<T> {
    declare(name, alias, false, about, &v)
  }

  @inline(__always)
  private func declare<T: ParamValue>(
    _ name: StaticString, _ alias: StaticString?, _ canClear: Bool, _ about: StaticString,
    _ v: inout ParamVisitor
  ) -> Patch<T> {
    guard isNew else { return v.patch(name, alias: alias, canClear: canClear, about) }
    let value: T? = v.optional(name, alias: alias, about)
    return value.map { .set($0) } ?? .keep
  }
}
