internal import Contract

/// Selects the events that come after the sequence number `after`, in the order of the query, and
/// fulfil all conditions that are set.
public struct EventQuery: Sendable {
  /// In descending order, the query selects events with lower sequence numbers.
  public var after: Int64
  public var order = SortOrder.ascending
  public var limit: Int
  public var types: Set<EventType>?
  public var userID: UserID?
  /// The actor, as readers within `scope` see it.
  public var actorID: UserID?
  /// Events at this time or later.
  public var since: Timestamp?
  /// Events before this time.
  public var until: Timestamp?
  /// The account's email in the event.
  public var email: String?
  public var scope: Scope

  public init(after: Int64, limit: Int, scope: Scope) {
    self.after = after
    self.limit = limit
    self.scope = scope
  }

  /// Whether the event fulfils all conditions except `after`; for stores that scan events.
  public func matches(_ event: Event) -> Bool {
    if let types, !types.contains(event.type(within: scope)) { return false }
    if let userID, event.userID != userID { return false }
    if let email, event.email != email { return false }
    if let since, event.at < since { return false }
    if let until, event.at >= until { return false }
    if let actorID {
      if event.actorID != actorID { return false }
      // An organization does not see who moved an account out of it.
      if case .organization(let id) = scope, event.organizationID != id { return false }
    }
    return switch scope {
    case .all: true
    case .account(let id): event.userID == id
    case .organization(let id): event.organizationID == id || event.formerOrganizationID == id
    }
  }
}
