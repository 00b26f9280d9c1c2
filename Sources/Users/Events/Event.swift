public import Contract
internal import JSON

/// One entry of the feed of changes, written in the same transaction as the change. It holds no
/// secret.
public struct Event: Equatable {
  /// 1, 2, 3 … in the order of the commits.
  public let seq: Int64
  public var type: EventType
  public let at: Timestamp
  /// nil for a command on the store, such as an import, and for an actor that the reader may not
  /// see.
  public var actorID: UserID?
  /// nil for a change of the policy, which is about no account.
  public let userID: UserID?
  /// The account's email after the change.
  public var email: String? { givenEmail ?? changes.emailOfCreation }
  /// nil if the changes hold the email.
  private var givenEmail: String?
  public let organizationID: String?
  /// The organization that the change removed the account from, if any.
  public let formerOrganizationID: String?
  /// For each field, its value before and after.
  public var changes: EventChanges { willSet { givenEmail = email } }
  /// The changes shown to the organization that this change brought the account into: all fields,
  /// as in `changes` of a new account. nil if the change brought the account into no organization.
  public let entry: EventChanges?

  public init(
    seq: Int64, type: EventType, at: Timestamp, actorID: UserID?, userID: UserID?, email: String?,
    organizationID: String?, formerOrganizationID: String? = nil, changes: EventChanges,
    entry: EventChanges? = nil
  ) {
    self.seq = seq
    self.type = type
    self.at = at
    self.actorID = actorID
    self.userID = userID
    givenEmail = changes.isCreation ? nil : email
    self.organizationID = organizationID
    self.formerOrganizationID = formerOrganizationID
    self.changes = changes
    self.entry = entry
  }
}

extension Event: ResultSchema {
  public func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("seq", Int(seq), "Sequence number: 1, 2, 3 … in commit order.")
    v.field("type", type, "What happened.")
    v.field("at", at, "When.")
    v.field(
      "actor_id", actorID,
      "Id of the acting account; null for commands on the store and for actors outside the organization."
    )
    v.field("user_id", userID, "Id of the changed account; null for the policy.")
    v.field("email", email, "Their email, after the change.")
    v.field("organization_id", organizationID, "Their organization, after the change.")
    v.field(
      "changes", changes.list, "For each changed field, its value before and after.")
  }

  public static var sample: Event {
    let id = UserID(key: 0, tail: 0)
    return Event(
      seq: 1, type: .userCreated, at: Timestamp(milliseconds: 0), actorID: nil, userID: id,
      email: nil, organizationID: nil, changes: .none)
  }

  /// The event for the first account of a store.
  public static func creation(of user: PackedUser, after latest: EventMark) -> Event {
    user.withRow { row in
      Event(
        seq: latest.seq &+ 1, type: .userCreated, at: max(.now, latest.at), actorID: nil,
        userID: row.id, email: row.email?.string, organizationID: row.organizationID?.string,
        changes: .creation(of: user))
    }
  }

  /// The type for readers within `scope`. For an organization that the account enters, the account
  /// is new.
  public func type(within scope: Scope) -> EventType {
    guard case .organization(let id) = scope, entry != nil, organizationID == id else {
      return type
    }
    return .userCreated
  }

  /// The event as shown to an organization that the account has left.
  public func leaving(_ organization: String) -> Event {
    let changes = ChangeList("organization_id", before: organization, after: String?.none)
    return Event(
      seq: seq, type: type, at: at, actorID: nil, userID: userID, email: nil, organizationID: nil,
      changes: .list(changes))
  }
}
