internal import Contract

/// Selects events: those after the sequence number `after` that fulfil all conditions that are set.
public struct EventQuery: Sendable {
  public var after: Int64
  public var limit: Int
  public var types: Set<EventType>?
  public var userID: UserID?
  /// The account's email in the event.
  public var email: String?
  public var scope: Scope

  public init(after: Int64, limit: Int, scope: Scope) {
    self.after = after
    self.limit = limit
    self.scope = scope
  }

  /// The one predicate of events, for stores that scan them.
  public func matches(_ event: Event) -> Bool {
    if let types, !types.contains(event.type(within: scope)) { return false }
    if let userID, event.userID != userID { return false }
    if let email, event.email != email { return false }
    return switch scope {
    case .all: true
    case .account(let id): event.userID == id
    case .organization(let id): event.organizationID == id || event.formerOrganizationID == id
    }
  }
}
