/// Reads everything in a store, in one snapshot, one record after the other.
public protocol DirectoryReader: AnyObject {
  /// Where the store is, for messages.
  var location: String { get }

  /// The number of records.
  var count: Int { get }

  /// The number of accounts that are not deleted.
  var accounts: Int { get }

  /// The mark of the last of its events.
  var latestEvent: EventMark { get }

  /// The next record, in the order of `DirectoryRecord`; nil at the end. Throws for a record that does
  /// not match its checksum: nothing is left out.
  func next() throws(StoreError) -> DirectoryRecord?
}
