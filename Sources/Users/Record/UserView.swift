/// One account as a store passes it to a closure: borrowed bytes, valid only during the closure.
public struct UserView {
  public var id: UserID
  public var email: BorrowedText?
  public var name: BorrowedText
  /// nil if it equals the email, or the id for an account without an email. While an account signs
  /// in with OAuth, its username is its email; a chosen one is kept for later.
  public var username: BorrowedText?
  public var organizationID: BorrowedText?
  public var roles: BorrowedTextList
  public var flags: UserFlags
  public var avatarURL: BorrowedText?
  public var company: BorrowedText?
  public var jobTitle: BorrowedText?
  /// nil for an empty object.
  public var metadata: RawObject?
  public var autoGroups: BorrowedTextList
  public var oauthProvider: BorrowedText?
  public var oauthID: BorrowedText?
  public var lastLogin: Timestamp?
  public var updatedAt: Timestamp
  public var deletedAt: Timestamp?
  public var version: Int
  /// The normalized name: `query` searches it and `sort_by: name` sorts by it. A store may leave it
  /// empty if the request does neither.
  public var searchName: BorrowedText
  /// The normalized email, which `query` searches; nil if it equals the email.
  public var searchEmail: BorrowedText?

  /// The username that callers see; nil if it equals the id.
  var shownUsername: BorrowedText? { (oauthProvider == nil ? username : nil) ?? email }

  public init(id: UserID, name: BorrowedText, flags: UserFlags, updatedAt: Timestamp, version: Int)
  {
    self.id = id
    self.name = name
    self.flags = flags
    self.updatedAt = updatedAt
    self.version = version
    roles = BorrowedTextList(packed: BorrowedText.empty.bytes)
    autoGroups = roles
    searchName = .empty
  }
}
