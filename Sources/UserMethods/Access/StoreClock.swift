internal import Users

/// The time of what is done in a store: the clock's, but never before the latest event. A clock that
/// is set back so brings no ended secret to life, and ids and events stay in order.
final class StoreClock<Store: UserStore> {
  private let store: Store
  private let clock: () -> Timestamp
  private var ids = UserIDGenerator()
  /// When the latest event happened, as of `floorRevision` of the store: it is never earlier again.
  private var floor = Timestamp(milliseconds: 0)
  private var floorRevision: UInt64?
  private var floorFeed: String?

  private static var setBackMs: Int64 { 1000 }

  init(_ store: Store, _ clock: @escaping () -> Timestamp = { .now }) {
    self.store = store
    self.clock = clock
  }

  /// What the clock says, whatever happened.
  var systemTime: Timestamp { clock() }

  /// As of the latest look at the store.
  var now: Timestamp { max(clock(), floor) }

  /// The time of what is done in this transaction.
  func current() throws(StoreError) -> Timestamp {
    try refresh()
    return now
  }

  /// Looks at the latest event again, if the store may have changed.
  func refresh() throws(StoreError) {
    if floorRevision == store.revision { return }
    let feed = try store.feedID
    if feed != floorFeed {
      // In a store that was restored other things have happened.
      floorFeed = feed
      floor = Timestamp(milliseconds: 0)
      ids = UserIDGenerator()
    }
    var latest = try store.latestEvent.at
    // Where the clock was set back, what is done next comes a millisecond later, so that its ids
    // come after those that other processes made.
    if latest > clock().adding(Self.setBackMs) { latest = latest.adding(1) }
    floor = max(floor, latest)
    floorRevision = store.revision
  }

  /// Time does not fall behind what was done.
  func raise(to time: Timestamp) { floor = max(floor, time) }

  func nextID() throws(StoreError) -> UserID {
    let now = now
    guard UserID.holds(now) else { throw .clockPastIDs }
    return ids.next(at: now)
  }
}
