/// One account as a store hands it over: borrowed bytes, valid only while it is handed over.
public struct UserRow {
  public var id: UserID
  public var email: Text?
  public var name: Text
  /// nil where it is the email, or the id of an account without one. One that was chosen waits while the
  /// account signs in elsewhere, where it goes by its email.
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

  /// nil where it is the id.
  var shownUsername: Text? { (oauthProvider == nil ? username : nil) ?? email }

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
}
