internal import Contract

/// What a client wants to be told of: all events behind `after`.
public struct Subscription: Sendable {
  var after: Int64
  let types: Set<EventType>?
}

extension Gate {
  /// Events that are handed over at a time.
  private static var eventsMax: Int { 256 }

  /// Hands over events that the subscriber was not told of yet, in order. Says whether more wait.
  /// To be called between groups: only what is committed is told.
  ///
  /// A caller who may no longer read events is told nothing more; why, their next request tells.
  public func takeEvents(_ body: (Event) -> Void) -> Bool {
    guard var subscription else { return false }
    // What was handed over is not told again, whatever fails afterwards.
    defer { if self.subscription != nil { self.subscription = subscription } }
    do {
      let count = try watch(.needs(.events)) { store in
        let latest = try store.latestEvent().seq
        if latest <= subscription.after { return 0 }
        var query = EventQuery(
          after: subscription.after, limit: Self.eventsMax, scope: store.scope)
        query.types = subscription.types
        var count = 0
        try store.events(query) { event in
          body(event)
          subscription.after = event.seq
          count += 1
        }
        if count < Self.eventsMax { subscription.after = latest }
        return count
      }
      return count == Self.eventsMax
    } catch {
      // Where the store can't be read now, the next look finds what is missing.
      if let failure = error as? Failure, !failure.isStorage { self.subscription = nil }
      return false
    }
  }
}
