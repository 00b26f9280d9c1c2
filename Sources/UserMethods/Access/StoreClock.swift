internal import Users

/// The time of the transactions in a store: the system clock's, but never before the latest event.
/// So a clock that is set back does not revive an expired secret, and ids and events stay in order.
final class StoreClock<Store: UserStore> {
  private let store: Store
  private let clock: () -> Timestamp
  private var ids = UserIDGenerator()
  /// The time of the latest event at the revision `floorRevision`. It never decreases in one feed.
  private var floor = Timestamp(milliseconds: 0)
  private var floorRevision: UInt64?
  private var floorFeed: String?

  private static var setBackMs: Int64 { 1000 }

  init(_ store: Store, _ clock: @escaping () -> Timestamp = { .now }) {
    self.store = store
    self.clock = clock
  }

  /// The system clock's time, which may be before the latest event.
  var systemTime: Timestamp { clock() }

  /// The system clock's time, but never before the latest event that was read.
  var now: Timestamp { max(clock(), floor) }

  /// The time of the current transaction.
  func current() throws(StoreError) -> Timestamp {
    try refresh()
    return now
  }

  /// Reads the latest event again, if the store may have changed.
  func refresh() throws(StoreError) {
    if floorRevision == store.revision { return }
    let feed = try store.feedID
    if feed != floorFeed {
      // A restored store has another history.
      floorFeed = feed
      floor = Timestamp(milliseconds: 0)
      ids = UserIDGenerator()
    }
    var latest = try store.latestEvent.at
    // If the clock was set back, the next operation gets a time one millisecond after the latest
    // event, so that its ids sort after those of other processes.
    if latest > clock().adding(Self.setBackMs) { latest = latest.adding(1) }
    floor = max(floor, latest)
    floorRevision = store.revision
  }

  /// Keeps the time from falling below `time`.
  func raise(to time: Timestamp) { floor = max(floor, time) }

  func nextID() throws(StoreError) -> UserID {
    let now = now
    guard UserID.holds(now) else { throw .clockPastIDs }
    return ids.next(at: now)
  }
}
