public import Contract
public import JSON

/// One account as a store hands it over: borrowed bytes, valid only while it is handed over.
public struct UserRow {
  public var id: UserID
  public var email: Text?
  public var name: Text
  /// nil where it is the email, or the id of an account without one.
  public var username: Text?
  public var organizationID: Text?
  public var roles: TextList
  public var flags: UserFlags
  public var avatarURL: Text?
  public var company: Text?
  public var jobTitle: Text?
  /// nil where it is an empty object.
  public var metadata: RawObject?
  public var autoGroups: TextList
  public var oauthProvider: Text?
  public var oauthID: Text?
  public var lastLogin: Timestamp?
  public var updatedAt: Timestamp
  public var deletedAt: Timestamp?
  public var version: Int
  /// Folded name, line feed, folded email: what `query` searches and `sort_by: name` sorts by.
  /// A store need not fill it where neither is asked for.
  public var search: Text

  public init(id: UserID, name: Text, flags: UserFlags, updatedAt: Timestamp, version: Int) {
    self.id = id
    self.name = name
    self.flags = flags
    self.updatedAt = updatedAt
    self.version = version
    roles = TextList(packed: Text.empty.bytes)
    autoGroups = roles
    search = .empty
  }

  /// The record of the contract. This is where its members, their order and their meaning are
  /// declared: what writes records and what describes them both come from here.
  @inline(__always)
  public func fields<V: ResultVisitor & ~Copyable>(_ v: inout V, isCurrent: Bool) {
    v.field("id", id, "UUIDv7; its time is created_at.")
    v.field("email", email, "Unique, lower case. Null only for service accounts.")
    v.field("name", name, "The name that people read.")
    usernameField(&v)
    v.field("organization_id", organizationID, "The organization that the account belongs to.")
    v.field("roles", roles, "owner, admin, member, annotator, or labels of the host's own.")
    v.field("is_superuser", flags.contains(.superuser), "Holds owner or admin.")
    v.field("is_active", flags.contains(.active), "Whether the account is enabled.")
    v.field("is_blocked", flags.contains(.blocked), "Banned, whatever is_active says.")
    v.field("status", flags.status, "Follows from the rest; the first that applies.")
    v.field("is_service_account", flags.contains(.serviceAccount), "Not a person.")
    v.field("is_developer", flags.contains(.developer), "May make API tokens.")
    v.field("is_internal", flags.contains(.internal), "Can't be deleted.")
    v.field("email_verified", flags.contains(.emailVerified), "The email is known to be theirs.")
    v.field("has_completed_onboarding", flags.contains(.onboarded), "For the host's own use.")
    v.field("avatar_url", avatarURL, "An http or https address.")
    v.field("company", company, "Employer.")
    v.field("job_title", jobTitle, "Position.")
    v.field("metadata", metadata ?? .empty, "The host's own data, at most 16 KiB.")
    v.field("auto_groups", autoGroups, "Groups that the host puts this account in.")
    v.field("oauth_provider", oauthProvider, "Where the account signs in, if not here.")
    v.field("oauth_id", oauthID, "The account's id at that provider.")
    v.field("last_login", lastLogin, "When the account last signed in.")
    v.field("created_at", id.createdAt, "When the account was created.")
    v.field("updated_at", updatedAt, "When the account last changed.")
    v.field("deleted_at", deletedAt, "When the account was deleted, if it can be restored.")
    v.field("version", version, "1, 2, 3 …: rises with every change.")
    v.field("is_current", isCurrent, "Whether this is the caller's own account.")
  }

  @inline(__always)
  private func usernameField<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    let about: StaticString = "Unique; the email unless set."
    if let given = username ?? email {
      v.field("username", given, about)
    } else {
      v.field("username", id, about)
    }
  }
}

/// UTF-8 that somebody else owns.
public struct Text: ResultValue {
  public let bytes: UnsafeBufferPointer<UInt8>

  @inlinable public init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  public static var empty: Text { Text(UnsafeBufferPointer(start: nil, count: 0)) }

  public static var shape: Shape { .string() }
  @inlinable public func write(into out: inout ByteBuffer) { out.write(utf8: bytes) }

  public var string: String { String(decoding: bytes, as: UTF8.self) }
}

/// A list of texts in one piece: each with a unit separator (U+001F) before it, and one at the end,
/// so that a store can look for one entry without taking the list apart. Empty for no entries.
public struct TextList: ResultValue {
  public static let separator: UInt8 = 0x1F

  public let bytes: UnsafeBufferPointer<UInt8>

  @inlinable public init(packed bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  public static var shape: Shape { .array(.string()) }

  public static func pack(_ values: [String]) -> String {
    values.isEmpty ? "" : "\u{1F}" + values.joined(separator: "\u{1F}") + "\u{1F}"
  }

  public var strings: [String] {
    bytes.split(separator: Self.separator).map { String(decoding: $0, as: UTF8.self) }
  }

  public func write(into out: inout ByteBuffer) {
    out.append(UInt8(ascii: "["))
    var from = 1
    for at in bytes.indices.dropFirst() where bytes[at] == Self.separator {
      out.element()
      out.write(utf8: UnsafeBufferPointer(rebasing: bytes[from..<at]))
      from = at + 1
    }
    out.append(UInt8(ascii: "]"))
  }
}

/// A JSON object as its compact text.
public struct RawObject: ResultValue {
  public let bytes: UnsafeBufferPointer<UInt8>

  @inlinable public init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  static var empty: RawObject {
    let text: StaticString = "{}"
    return RawObject(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  public static var shape: Shape { .map }
  @inlinable public func write(into out: inout ByteBuffer) { out.append(bytes) }
}
