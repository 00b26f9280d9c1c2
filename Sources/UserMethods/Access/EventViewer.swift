internal import Users

/// Shows events as a reader with this scope may see them. Events within an organization don't
/// reveal other organizations: where an account came from or moved to, or an actor from outside.
struct EventViewer<Store: UserStore> {
  private let store: Store
  private let scope: Scope
  /// Whether these actors are within the scope.
  private var isWithin: [UserID: Bool] = [:]

  init(_ store: Store, _ scope: Scope) {
    self.store = store
    self.scope = scope
  }

  mutating func shown(_ event: Event) throws(StoreError) -> Event {
    if scope == .all { return event }
    var shown = event
    if case .organization(let id) = scope {
      if event.organizationID != id { return event.leaving(id) }
      shown.type = event.type(within: scope)
      shown.changes =
        event.entry ?? .list(event.changes.list.without("organization_id"))
    }
    if let actor = event.actorID, actor != event.userID, try !reaches(actor) { shown.actorID = nil }
    return shown
  }

  /// Whether readers see this account as an actor: also if it is deleted.
  mutating func reaches(_ actor: UserID) throws(StoreError) -> Bool {
    if let known = isWithin[actor] { return known }
    var found = true
    do {
      found = try store.read(.id(actor), within: scope) { _ in }
    } catch .corrupt {
      // Only accounts within the scope are decoded, so this damaged account is within it.
    }
    isWithin[actor] = found
    return found
  }
}
