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
    do {
      try store.beginRead()
      let caller = try currentCaller()
      let scope = try permitted(.events, caller)
      let latest = try store.latestEvent.seq
      var count = 0
      if latest > subscription.after {
        var query = EventQuery(after: subscription.after, limit: Self.eventsMax, scope: scope)
        query.types = subscription.types
        query.callerID = caller.id
        try store.events(query) { event in
          body(event.shown(within: scope))
          subscription.after = event.seq
          count += 1
        }
        if count < Self.eventsMax { subscription.after = latest }
        self.subscription = subscription
      }
      try store.end()
      return count == Self.eventsMax
    } catch {
      // Where the store can't be read now, the next look finds what is missing.
      if error is Failure { self.subscription = nil }
      store.abandon()
      return false
    }
  }
}
