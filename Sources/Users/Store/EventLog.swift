/// The part of a store that keeps the feed of changes, in the order of the commits.
public protocol EventLog: AnyObject {
  /// Identifies the feed: a backup and a restored store each get a new id.
  var feedID: String { get throws(StoreError) }

  var latestEvent: EventMark { get throws(StoreError) }

  /// The sequence number of the oldest event that is kept; nil for an empty feed.
  var oldestEvent: Int64? { get throws(StoreError) }

  /// The signal of commits by other processes. It is reset by this call and raised by every later
  /// commit, so a process that waits for events first calls this, then looks for events.
  func awaitCommits() -> CommitSignal

  /// Adds an event, whose `seq` must be one more than that of the latest.
  func append(_ event: Event) throws(StoreError)

  /// Passes events to `body` in order, at most `limit`.
  func events(_ query: EventQuery, _ body: (Event) -> Void) throws(StoreError)

  /// Removes emails and changes from the events about a permanently deleted account.
  func redactEvents(of user: UserID) throws(StoreError)

  /// Removes the oldest events that happened before `time`, at most `limit`, and never the latest;
  /// returns how many it removed.
  func pruneEvents(before time: Timestamp, limit: Int) throws(StoreError) -> Int
}

extension EventLog {
  public func awaitCommits() -> CommitSignal { .unavailable }
}
