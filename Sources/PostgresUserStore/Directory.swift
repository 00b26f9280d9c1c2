internal import Users

/// The row of the table `directory`.
struct Directory {
  var revision: Int64
  var latest: EventMark
  var oldest: Int64?
  var policyRevision: Int64
  var hasAttempts: Bool
  var stamp: Int64
  let feedID: String

  /// The columns that `init` reads, in their order.
  static let columns =
    "revision, seq, at, oldest, policy_revision, has_attempts, stamp, feed_id, served_from"

  /// Throws `.newerVersion` if the store was migrated to a format that this program can't serve.
  init(_ rows: Rows) throws(StoreError) {
    guard rows.count == 1 else { throw .serverDamaged("the table directory has no row") }
    if rows.int(0, 8) > DatabaseSchema.version { throw .newerVersion }
    revision = rows.int(0, 0)
    latest = EventMark(seq: rows.int(0, 1), at: Timestamp(milliseconds: rows.int(0, 2)))
    oldest = rows.optionalInt(0, 3)
    policyRevision = rows.int(0, 4)
    hasAttempts = rows.bool(0, 5)
    stamp = rows.int(0, 6)
    feedID = rows.text(0, 7)?.string ?? ""
  }
}
