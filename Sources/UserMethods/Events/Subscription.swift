internal import Contract
internal import Users

/// What a client wants to be told of: all events of one feed behind `after`.
public struct Subscription: Sendable {
  var after: Int64
  let types: Set<EventType>?
  let feedID: String
}

extension Gate {
  /// Events that are handed over at a time.
  private static var eventsMax: Int { 256 }

  /// Hands over events that the subscriber was not told of yet, in order. Says whether more wait.
  /// To be called between groups: only what is committed is told.
  ///
  /// A caller who may not read events at present is told nothing; why, their next request tells. The
  /// subscription stands, and goes on when they may again.
  public func takeEvents(_ body: (Told) -> Void) -> Bool {
    guard var subscription else { return false }
    // What was handed over is not told again, whatever fails afterwards.
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
      return count == Self.eventsMax
    } catch {
      // The next look finds what is missing.
      return error.handling == .anew
    }
  }

  private func tell(
    _ subscription: inout Subscription, upTo latest: Int64, _ store: ScopedStore<Store>,
    _ body: (Told) -> Void
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
