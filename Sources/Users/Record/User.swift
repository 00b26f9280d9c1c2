internal import Contract

/// An account in editable form: read from a row, changed, checked, and stored again.
public struct User: Equatable, Sendable {
  public let id: UserID
  public var email: String?
  public var name: String
  public var username: String
  public var organizationID: String?
  /// Sorted, without repetition.
  public var roles: [String]
  /// `superuser` and `owner` follow from the roles when the account is stored.
  public var flags: UserFlags
  public var avatarURL: String?
  public var company: String?
  public var jobTitle: String?
  /// Compact JSON; `{}` for none.
  public var metadata = "{}"
  public var autoGroups: [String] = []
  public var oauthProvider: String?
  public var oauthID: String?
  public var lastLogin: Timestamp?
  public var updatedAt: Timestamp
  public var deletedAt: Timestamp?
  public var version = 1

  /// A new active account, in which all other fields are empty.
  public init(id: UserID) {
    self.id = id
    name = ""
    username = ""
    roles = []
    flags = .active
    updatedAt = id.createdAt
  }

  /// The first account of a store.
  public init(owner id: UserID, email: String, name: String) {
    self.init(id: id)
    self.email = email
    self.name = name
    username = email
    roles = [RoleName.owner]
    flags.insert([.developer, .emailVerified])
    deriveFlags()
  }

  /// The username of an account that has no chosen one.
  public var defaultUsername: String { email ?? id.text }

  /// Whether the username differs, in every spelling, from the default: the email, or the id for an
  /// account without an email.
  public var hasChosenUsername: Bool {
    username != defaultUsername && IdentityKey.of(username) != IdentityKey.of(defaultUsername)
  }

  /// Whether the username looks like an email other than the account's own. It would block the
  /// owner of that email.
  public var hasForeignEmailAsUsername: Bool { username.holds("@") && hasChosenUsername }

  /// Whether all fields are equal. Strings are equal if they are canonically equivalent in Unicode;
  /// metadata is the host's own and compared byte by byte.
  public func isSame(as other: User) -> Bool {
    self == other && metadata.utf8.elementsEqual(other.metadata.utf8)
  }

  /// The normalized name.
  public var searchName: String { TextNormalization.searchable(name) }

  /// The normalized email; nil if it equals the email.
  public var searchEmail: String? {
    guard var email else { return nil }
    if email.withUTF8(LowerASCII.isAll) { return nil }
    let normalized = TextNormalization.searchable(email)
    return normalized.utf8.elementsEqual(email.utf8) ? nil : normalized
  }

  public var isOAuth: Bool { oauthProvider != nil }

  /// Sets the flags that follow from other fields.
  public mutating func deriveFlags() {
    let isOwner = roles.contains(RoleName.owner)
    flags.set(.owner, isOwner)
    flags.set(.superuser, isOwner || roles.contains(RoleName.admin))
    flags.set(.deleted, deletedAt != nil)
  }
}

extension UserFlags {
  public mutating func set(_ flag: UserFlags, _ isOn: Bool) {
    if isOn { insert(flag) } else { remove(flag) }
  }
}
