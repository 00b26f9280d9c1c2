/// Writes everything into a store. Until `finish` returns, no process finds anything of it.
///
/// If the object ends without `finish`, nothing is kept.
public protocol DirectoryWriter: AnyObject {
  /// Where the store is, for messages.
  var location: String { get }

  /// Adds a record. They come in the order of `DirectoryRecord`.
  func write(_ record: DirectoryRecord) throws(StoreError)

  /// Keeps all records, durably.
  func finish() throws(StoreError)
}
