/// The part of a store that keeps the feed of changes, in the order of the commits.
public protocol EventLog: AnyObject {
  /// Which feed it is: a copy of a store has another one.
  var feedID: String { get throws(StoreError) }

  var latestEvent: EventMark { get throws(StoreError) }

  /// The number of the oldest event that is kept; nil if there is none.
  var oldestEvent: Int64? { get throws(StoreError) }

  /// Adds the event whose `seq` is one more than the latest one's.
  func append(_ event: Event) throws(StoreError)

  /// Hands over events in order, at most `limit`.
  func events(_ query: EventQuery, _ body: (Event) -> Void) throws(StoreError)

  /// Takes emails and changes out of the events that tell of an account that is gone for good.
  func redactEvents(of user: UserID) throws(StoreError)

  /// Removes the oldest events that happened before `time`, at most `limit`, and never the latest;
  /// says how many.
  func pruneEvents(before time: Timestamp, limit: Int) throws(StoreError) -> Int
}
