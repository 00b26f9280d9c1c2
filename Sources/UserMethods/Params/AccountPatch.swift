internal import Contract
internal import JSON
internal import Users

/// The members of an account that callers may set, for creating and updating alike.
struct AccountPatch {
  private(set) var email = Patch<Email>.keep
  /// The same of an update, which may name the account's own.
  private var wantedEmail: WantedEmail?
  private var name = Patch<Name>.keep
  private var roles = Patch<TextSet<RoleName>>.keep
  private var isSuperuser = Patch<Bool>.keep
  private var username = Patch<Username>.keep
  private var metadata = Patch<Metadata>.keep
  private var autoGroups = Patch<TextSet<Label>>.keep
  /// What other texts become, as far as they are given.
  private var texts: [(member: WritableKeyPath<User, String?>, value: String?)] = []
  /// Which flags are given, and which of those are set.
  private var flagMask: UserFlags = []
  private var flags: UserFlags = []
  /// The members that are given a value, and are not cleared.
  private var valued: [StaticString] = []

  private let isNew: Bool

  /// Declares the members: for a new account null means absent, for an update it clears.
  init(_ v: inout ParamVisitor, isNew: Bool) {
    self.isNew = isNew
    let emailAbout: StaticString = "Email address; only service accounts can be without."
    if isNew {
      email = clearable("email", emailAbout, &v)
    } else {
      let wanted: Patch<WantedEmail> = clearable("email", emailAbout, &v)
      email = wanted.map { Email(unchecked: $0.spelled) }
      if case .set(let wanted) = wanted { wantedEmail = wanted }
    }
    let about: StaticString = "The name that people read."
    name = isNew ? .set(v.required("name", about)) : fixed("name", about, &v)
    text(
      "org_id", alias: "organization_id", \.organizationID, OrganizationID.self,
      "Organization; only owners and admins can be without.", &v)
    roles = fixed("roles", "Roles, replacing the present ones (member).", &v)
    isSuperuser = fixed("is_superuser", "Adds or removes the role admin.", &v)
    flag("is_active", .active, "Whether the account is enabled.", &v)
    flag("is_blocked", alias: "banned", .blocked, "Whether it is banned.", &v)
    username = clearable(
      "username", "Unique name of letters, digits and _ - @ . (the email).", &v)
    text("avatar_url", \.avatarURL, WebAddress.self, "Address of a picture.", &v)
    text("company", \.company, Label.self, "Employer.", &v)
    text("job_title", \.jobTitle, Label.self, "Position.", &v)
    metadata = clearable("metadata", "Your own data; merged as RFC 7396 says.", &v)
    autoGroups = clearable("auto_groups", "Groups, replacing the present ones.", &v)
    text("oauth_provider", \.oauthProvider, Label.self, "Where the account signs in.", &v)
    text("oauth_id", \.oauthID, Label.self, "Its id at that provider.", &v)
    flag("email_verified", .emailVerified, "The email is known to be theirs.", &v)
    flag("has_completed_onboarding", .onboarded, "For your own use.", &v)
    flag("is_developer", .developer, "May make API tokens.", &v)
  }

  // MARK: Declaring a member

  /// A text that null clears, and that is what it is given as.
  @inline(__always)
  private mutating func text<T: BoundedText>(
    _ name: StaticString, alias: StaticString? = nil, _ member: WritableKeyPath<User, String?>,
    _ type: T.Type, _ about: StaticString, _ v: inout ParamVisitor
  ) {
    let patch: Patch<T> = declare(name, alias, canClear: true, about, &v)
    if patch.isKept { return }
    if texts.isEmpty { texts.reserveCapacity(8) }
    switch patch {
    case .keep: break
    case .clear: texts.append((member, nil))
    case .set(let text): texts.append((member, text.value))
    }
  }

  @inline(__always)
  private mutating func flag(
    _ name: StaticString, alias: StaticString? = nil, _ flag: UserFlags, _ about: StaticString,
    _ v: inout ParamVisitor
  ) {
    let patch: Patch<Bool> = declare(name, alias, canClear: false, about, &v)
    guard case .set(let isOn) = patch else { return }
    flagMask.insert(flag)
    flags.set(flag, isOn)
  }

  /// One that null clears.
  @inline(__always)
  private mutating func clearable<T: ParamValue>(
    _ name: StaticString, _ about: StaticString, _ v: inout ParamVisitor
  ) -> Patch<T> {
    declare(name, nil, canClear: true, about, &v)
  }

  /// One that always has a value.
  @inline(__always)
  private mutating func fixed<T: ParamValue>(
    _ name: StaticString, _ about: StaticString, _ v: inout ParamVisitor
  ) -> Patch<T> {
    declare(name, nil, canClear: false, about, &v)
  }

  @inline(__always)
  private mutating func declare<T: ParamValue>(
    _ name: StaticString, _ alias: StaticString?, canClear: Bool, _ about: StaticString,
    _ v: inout ParamVisitor
  ) -> Patch<T> {
    if isNew {
      let value: T? = v.optional(name, alias: alias, about)
      return value.map { .set($0) } ?? .keep
    }
    let patch: Patch<T> = v.patch(name, alias: alias, canClear: canClear, about)
    if case .set = patch { valued.append(name) }
    return patch
  }

  // MARK: Clearing by name

  /// The params of an update that are members of an account.
  private struct Members: Params {
    let patch: AccountPatch
    init(_ v: inout ParamVisitor) { patch = AccountPatch(&v, isNew: false) }
  }

  /// The members that null clears.
  static let clearableNames = ParamVisitor.fields(of: Members.self).filter { field in
    if case .nullable = field.shape { true } else { false }
  }.map(\.name)

  /// Clears the members that go by these names, as null does; gives the places of those that are given a
  /// value.
  mutating func clear(_ names: [String]) -> [Int] {
    let taken = names.indices.filter { at in valued.contains { $0.description == names[at] } }
    if names.isEmpty || !taken.isEmpty { return taken }
    var request = ByteBuffer()
    request.append("{")
    for name in Set(names) {
      request.member(name)
      request.append("null")
    }
    request.append("}")
    do {
      var parser = JSONParser()
      let cleared = try ParamVisitor.decode(Members.self, parser.parse(request.bytes)).patch
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

  /// What it says of who the account is.
  var named: (email: String?, username: String?, name: String?) {
    var named: (email: String?, username: String?, name: String?) = (nil, nil, nil)
    if case .set(let email) = email { named.email = email.value }
    if case .set(let username) = username { named.username = username.value }
    if case .set(let name) = name { named.name = name.value }
    return named
  }

  /// Whether a flag is given.
  func gives(_ flag: UserFlags) -> Bool { flagMask.contains(flag) }

  var isEmpty: Bool {
    email.isKept && name.isKept && roles.isKept && isSuperuser.isKept && username.isKept
      && metadata.isKept && autoGroups.isKept && texts.isEmpty && flagMask.isEmpty
  }

  /// A new account made of this patch; `blank` has what the patch doesn't tell.
  func newUser(from blank: consuming User) throws(Failure) -> User {
    let isBareSuperuser = if case .set(true) = isSuperuser { roles.isKept } else { false }
    blank.roles = isBareSuperuser ? [] : [RoleName.member]
    var user = try applied(to: blank)
    if !flagMask.contains(.developer) {
      user.flags.set(.developer, user.roles.contains(where: RoleName.developing.contains))
    }
    return user
  }

  /// `old` as changed by this patch. What the result has to satisfy is checked by `AccountRules`.
  func applied(to old: User) throws(Failure) -> User {
    var user = old
    user.email = email.map(\.value).apply(to: old.email)
    if let wantedEmail { user.email = try wantedEmail.resolved(for: old.email).value }
    user.name = name.map(\.value).applyRequired(to: old.name)
    for (member, value) in texts { user[keyPath: member] = value }
    user.autoGroups = autoGroups.map(\.values).apply(to: old.autoGroups) ?? []
    user.username = try newUsername(of: user, old)
    user.metadata = try newMetadata(old.metadata)
    user.roles = try newRoles(old.roles)
    user.flags = user.flags.subtracting(flagMask).union(flags)
    // Who signs in elsewhere need not accept an invitation here.
    if user.isOAuth { user.flags.remove(.invited) }
    // Nobody knows yet whose the new one is.
    if user.email != old.email, !flagMask.contains(.emailVerified) {
      user.flags.remove(.emailVerified)
    }
    user.deriveFlags()
    return user
  }

  private func newUsername(of user: User, _ old: User) throws(Failure) -> String {
    func given(_ username: String) throws(Failure) -> String {
      guard old.isOAuth, user.isOAuth else { return username }
      // Of an account that signs in elsewhere the one that was chosen waits, and is neither shown nor set.
      if username == user.defaultUsername { return old.username }
      if username == old.username { throw .managedByOAuth }
      return username
    }
    switch username {
    case .keep:
      // One that was never chosen follows the email.
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
