public import Contract
internal import JSON

/// One entry of the feed of changes, written in the transaction that it tells of. It holds no
/// secret.
public struct Event: Equatable, Sendable {
  /// 1, 2, 3 … in the order of the commits.
  public let seq: Int64
  public var type: EventType
  public let at: Timestamp
  /// nil for who holds the file, as in an import.
  public var actorID: UserID?
  /// nil for what is about no account: the policy.
  public let userID: UserID?
  /// The account's, after the change.
  public let email: String?
  public let organizationID: String?
  /// The one that the change took it out of, if it did.
  public let formerOrganizationID: String?
  /// A JSON object: by member, its value before and after.
  public var changes: String
  /// What the organization is told that the change brought the account into: all that it has, as
  /// `changes` of an account that is new. nil if the change brought it into none.
  public let entry: String?

  public init(
    seq: Int64, type: EventType, at: Timestamp, actorID: UserID?, userID: UserID?, email: String?,
    organizationID: String?, formerOrganizationID: String? = nil, changes: String,
    entry: String? = nil
  ) {
    self.seq = seq
    self.type = type
    self.at = at
    self.actorID = actorID
    self.userID = userID
    self.email = email
    self.organizationID = organizationID
    self.formerOrganizationID = formerOrganizationID
    self.changes = changes
    self.entry = entry
  }
}

extension Event: ResultShape {
  public func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("seq", Int(seq), "1, 2, 3 …: the order in which changes were kept.")
    v.field("type", type, "What happened.")
    v.field("at", at, "When.")
    v.field(
      "actor_id", actorID,
      "Who did it; null for who holds the store, and for who is outside the organization.")
    v.field("user_id", userID, "To whom; null for the policy.")
    v.field("email", email, "Their email, after the change.")
    v.field("organization_id", organizationID, "Their organization, after the change.")
    v.field("changes", ChangeList(text: changes), "By member, its value before and after.")
  }

  public static var sample: Event {
    let id = UserID(key: 0, tail: 0)
    return Event(
      seq: 1, type: .userCreated, at: Timestamp(milliseconds: 0), actorID: nil, userID: id,
      email: nil, organizationID: nil, changes: "{}")
  }

  /// That of the first account of a store.
  public static func creation(
    of user: StoredUser, after latest: EventMark, _ changes: ChangeRecorder
  ) -> Event {
    user.withRow { row in
      Event(
        seq: latest.seq &+ 1, type: .userCreated, at: max(.now, latest.at), actorID: nil,
        userID: row.id, email: row.email?.string, organizationID: row.organizationID?.string,
        changes: changes.creation(of: row).text)
    }
  }

  /// What readers within `scope` take it for: to an organization that the account enters it is new.
  public func type(within scope: Scope) -> EventType {
    guard case .organization(let id) = scope, entry != nil, organizationID == id else {
      return type
    }
    return .userCreated
  }

  /// As an organization is told that the account has left it.
  public func leaving(_ organization: String) -> Event {
    let changes = ChangeList("organization_id", before: organization, after: String?.none)
    return Event(
      seq: seq, type: type, at: at, actorID: nil, userID: userID, email: nil, organizationID: nil,
      changes: changes.text)
  }
}
