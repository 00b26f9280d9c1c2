internal import Contract
internal import Users

/// The events that a client subscribed to: those of one feed after `after`.
public struct Subscription: Sendable {
  var after: Int64
  let types: Set<EventType>?
  let feedID: String
}

extension StoreAccessControl {
  /// How many events are delivered at a time.
  private static var eventsMax: Int { 256 }

  /// Passes new events to `body`, in order. Call this between transactions, so that only
  /// committed events are sent.
  ///
  /// A caller who currently may not read events gets none; their next request returns the reason.
  /// The subscription stays, and resumes when the caller may read events again.
  public func takeEvents(_ body: (SubscriptionMessage) -> Void) -> PendingEvents {
    guard var subscription else { return .none }
    // An event that was passed on is never sent again, even if a later step fails.
    defer { if self.subscription != nil { self.subscription = subscription } }
    do {
      let count = try watch(.needs(.events)) { (store) throws(Failure) -> Int? in
        let latest = try store.latestEvent().seq
        if latest == subscription.after, try store.feedID() == subscription.feedID { return 0 }
        if try !store.hasFeed(subscription.feedID, after: subscription.after) {
          body(.end(feedID: try store.feedID()))
          return nil
        }
        return try tell(&subscription, upTo: latest, store, body)
      }
      if count == nil { self.subscription = nil }
      return count == Self.eventsMax ? .some : .none
    } catch {
      if error.handling == .anew { return .some }
      // Only a commit can give the caller the right to read events.
      let isRefused = error.kind == .unauthenticated || error.kind == .permissionDenied
      return isRefused ? .none : .unknown
    }
  }

  private func tell(
    _ subscription: inout Subscription, upTo latest: Int64, _ store: ScopedStore<Store>,
    _ body: (SubscriptionMessage) -> Void
  ) throws(Failure) -> Int {
    var query = EventQuery(after: subscription.after, limit: Self.eventsMax, scope: store.scope)
    query.types = subscription.types
    var (count, after) = (0, subscription.after)
    defer { subscription.after = after }
    try store.events(query) { event in
      body(.event(event))
      after = event.seq
      count += 1
    }
    if count < Self.eventsMax { after = latest }
    return count
  }
}
