internal import Contract
internal import JSON
internal import Users

/// The fields of an account that callers may set, for both create and update.
struct AccountPatch {
  private(set) var email = Patch<Email>.keep
  /// The email of an update, which may be the account's current email (see `WantedEmail`).
  private var wantedEmail: WantedEmail?
  private var name = Patch<Name>.keep
  private var roles = Patch<TextSet<RoleName>>.keep
  private var isSuperuser = Patch<Bool>.keep
  private var username = Patch<Username>.keep
  private var metadata = Patch<Metadata>.keep
  private var autoGroups = Patch<TextSet<Label>>.keep
  /// New values of the text fields in the request; nil clears a field.
  private var texts: [(field: WritableKeyPath<User, String?>, value: String?)] = []
  /// The flags in the request, and which of them are set.
  private var flagMask: UserFlags = []
  private var flags: UserFlags = []
  /// The fields that the request sets to a value.
  private var valued: [StaticString] = []

  private let isNew: Bool

  /// Declares the fields: null means absent for a new account, and clears the field in an update.
  init(_ v: inout ParamVisitor, isNew: Bool) {
    self.isNew = isNew
    let emailAbout: StaticString = "Email address; required except for service accounts."
    if isNew {
      email = clearable("email", emailAbout, &v)
    } else {
      let wanted: Patch<WantedEmail> = clearable("email", emailAbout, &v)
      email = wanted.map { Email(unchecked: $0.spelled) }
      if case .set(let wanted) = wanted { wantedEmail = wanted }
    }
    let description: StaticString = "Display name."
    name = isNew ? .set(v.required("name", description)) : fixed("name", description, &v)
    text(
      "org_id", alias: "organization_id", \.organizationID, OrganizationID.self,
      "Organization; required except for owners and admins.", &v)
    roles = fixed("roles", "Roles; replace the present ones (field).", &v)
    isSuperuser = fixed("is_superuser", "Adds or removes the role admin.", &v)
    flag("is_active", .active, "Whether the account is enabled.", &v)
    flag("is_blocked", alias: "banned", .blocked, "Whether it is banned.", &v)
    username = clearable(
      "username", "Unique name of letters, digits and _ - @ . (the email).", &v)
    text("avatar_url", \.avatarURL, WebAddress.self, "URL of a picture.", &v)
    text("company", \.company, Label.self, "Employer.", &v)
    text("job_title", \.jobTitle, Label.self, "Position.", &v)
    metadata = clearable("metadata", "Your own data; merged by RFC 7396.", &v)
    autoGroups = clearable("auto_groups", "Groups; replace the present ones.", &v)
    text("oauth_provider", \.oauthProvider, Label.self, "Where the account signs in.", &v)
    text("oauth_id", \.oauthID, Label.self, "Its id at that provider.", &v)
    flag("email_verified", .emailVerified, "The email is verified.", &v)
    flag("has_completed_onboarding", .onboarded, "For your own use.", &v)
    flag("is_developer", .developer, "May create API tokens.", &v)
  }

  // MARK: Declaring a field

  /// Declares a text field that null clears and that is stored as given.
  @inline(__always)
  private mutating func text<T: BoundedText>(
    _ name: StaticString, alias: StaticString? = nil, _ field: WritableKeyPath<User, String?>,
    _ type: T.Type, _ description: StaticString, _ v: inout ParamVisitor
  ) {
    let patch: Patch<T> = declare(name, alias, canClear: true, description, &v)
    if patch.isKept { return }
    if texts.isEmpty { texts.reserveCapacity(8) }
    switch patch {
    case .keep: break
    case .clear: texts.append((field, nil))
    case .set(let text): texts.append((field, text.value))
    }
  }

  @inline(__always)
  private mutating func flag(
    _ name: StaticString, alias: StaticString? = nil, _ flag: UserFlags,
    _ description: StaticString,
    _ v: inout ParamVisitor
  ) {
    let patch: Patch<Bool> = declare(name, alias, canClear: false, description, &v)
    guard case .set(let isOn) = patch else { return }
    flagMask.insert(flag)
    flags.set(flag, isOn)
  }

  /// Declares a field that null clears.
  @inline(__always)
  private mutating func clearable<T: ParamValue>(
    _ name: StaticString, _ description: StaticString, _ v: inout ParamVisitor
  ) -> Patch<T> {
    declare(name, nil, canClear: true, description, &v)
  }

  /// Declares a field that always has a value.
  @inline(__always)
  private mutating func fixed<T: ParamValue>(
    _ name: StaticString, _ description: StaticString, _ v: inout ParamVisitor
  ) -> Patch<T> {
    declare(name, nil, canClear: false, description, &v)
  }

  @inline(__always)
  private mutating func declare<T: ParamValue>(
    _ name: StaticString, _ alias: StaticString?, canClear: Bool, _ description: StaticString,
    _ v: inout ParamVisitor
  ) -> Patch<T> {
    if isNew {
      let value: T? = v.optional(name, alias: alias, description)
      return value.map { .set($0) } ?? .keep
    }
    let patch: Patch<T> = v.patch(name, alias: alias, canClear: canClear, description)
    if case .set = patch { valued.append(name) }
    return patch
  }

  // MARK: Clearing by name

  /// The params of an update that are account fields.
  private struct Fields: Params {
    let patch: AccountPatch
    init(_ v: inout ParamVisitor) { patch = AccountPatch(&v, isNew: false) }
  }

  /// The fields that null clears.
  static let clearableNames = ParamVisitor.fields(of: Fields.self).filter { field in
    if case .nullable = field.schema { true } else { false }
  }.map(\.name)

  /// Clears the named fields, as null does. Clears nothing if some of them are also set to a value,
  /// and returns the indices of those.
  mutating func clear(_ names: [String]) -> [Int] {
    let taken = names.indices.filter { at in valued.contains { $0.description == names[at] } }
    if names.isEmpty || !taken.isEmpty { return taken }
    var request = ByteBuffer()
    request.append("{")
    for name in Set(names) {
      request.field(name)
      request.append("null")
    }
    request.append("}")
    do {
      var parser = JSONParser()
      let cleared = try ParamVisitor.decode(Fields.self, parser.parse(request.bytes)).patch
      texts += cleared.texts
      email.clear(with: cleared.email)
      username.clear(with: cleared.username)
      metadata.clear(with: cleared.metadata)
      autoGroups.clear(with: cleared.autoGroups)
      return []
    } catch {
      return Array(names.indices)
    }
  }

  /// The email, username and name that the request sets.
  var named: (email: String?, username: String?, name: String?) {
    var named: (email: String?, username: String?, name: String?) = (nil, nil, nil)
    if case .set(let email) = email { named.email = email.value }
    if case .set(let username) = username { named.username = username.value }
    if case .set(let name) = name { named.name = name.value }
    return named
  }

  /// Whether the request sets this flag.
  func gives(_ flag: UserFlags) -> Bool { flagMask.contains(flag) }

  var isEmpty: Bool {
    email.isKept && name.isKept && roles.isKept && isSuperuser.isKept && username.isKept
      && metadata.isKept && autoGroups.isKept && texts.isEmpty && flagMask.isEmpty
  }

  /// Makes a new account of this patch; `blank` supplies all other values.
  func newUser(from blank: consuming User) throws(Failure) -> User {
    let isBareSuperuser = if case .set(true) = isSuperuser { roles.isKept } else { false }
    blank.roles = isBareSuperuser ? [] : [RoleName.member]
    var user = try applied(to: blank)
    if !flagMask.contains(.developer) {
      user.flags.set(.developer, user.roles.contains(where: RoleName.developing.contains))
    }
    return user
  }

  /// Returns `old` as changed by this patch. `AccountRules` checks the result.
  func applied(to old: User) throws(Failure) -> User {
    var user = old
    user.email = email.map(\.value).apply(to: old.email)
    if let wantedEmail { user.email = try wantedEmail.resolved(for: old.email).value }
    user.name = name.map(\.value).applyRequired(to: old.name)
    for (field, value) in texts { user[keyPath: field] = value }
    user.autoGroups = autoGroups.map(\.values).apply(to: old.autoGroups) ?? []
    user.username = try newUsername(of: user, old)
    user.metadata = try newMetadata(old.metadata)
    user.roles = try newRoles(old.roles)
    user.flags = user.flags.subtracting(flagMask).union(flags)
    // An account with an OAuth link needs no invitation.
    if user.isOAuth { user.flags.remove(.invited) }
    // A new email is unverified.
    if user.email != old.email, !flagMask.contains(.emailVerified) {
      user.flags.remove(.emailVerified)
    }
    user.deriveFlags()
    return user
  }

  private func newUsername(of user: User, _ old: User) throws(Failure) -> String {
    func given(_ username: String) throws(Failure) -> String {
      guard old.isOAuth, user.isOAuth else { return username }
      // The chosen username of an OAuth account is kept for later: it is neither shown nor changed.
      if username == user.defaultUsername { return old.username }
      if username == old.username { throw .managedByOAuth }
      return username
    }
    switch username {
    case .keep:
      // A username that was never chosen follows the email.
      if old.username.isEmpty { return user.defaultUsername }
      return user.email == old.email || old.hasChosenUsername ? old.username : user.defaultUsername
    case .clear: return try given(user.defaultUsername)
    case .set(let username): return try given(username.value)
    }
  }

  private func newMetadata(_ old: String) throws(Failure) -> String {
    switch metadata {
    case .keep: return old
    case .clear: return "{}"
    case .set(let patch):
      guard let merged = patch.merged(into: old) else { throw .internalError }
      guard merged.utf8.count <= Metadata.byteCountMax else { throw .metadataTooLarge }
      return merged
    }
  }

  private func newRoles(_ old: [String]) throws(Failure) -> [String] {
    if self.roles.isKept, isSuperuser.isKept { return old }
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
  fileprivate mutating func clear(with other: Patch) {
    if case .clear = other { self = .clear }
  }
}
