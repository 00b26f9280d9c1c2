internal import Users

/// What a transaction that writes has to remember until its commit. A savepoint keeps a copy, which
/// its rollback restores.
struct Writes {
  struct CountKey: Hashable {
    let scope: String
    let flags: Int
  }

  /// Changes of counts that are not queued yet. Every account changes the same count.
  var counts: [CountKey: Int64] = [:]
  /// Whether anything was written.
  var isAny = false
  /// Whether a whole directory was written, so that the commit may take long.
  var isWhole = false
  /// Whether failed sign-ins were written.
  var hasAttempts = false
  /// The first event that was written.
  var firstEvent: Int64?
  /// The key that the latest `conflict` found to be free.
  var freeKey: Int64?
  /// The accounts that were permanently deleted. Data about them is removed from idempotency records
  /// that are stored later in the transaction.
  var gone: Set<UserID> = []
  /// The accounts among them whose earlier records are not rewritten yet.
  var unwritten: Set<UserID> = []

  mutating func count(_ row: UserView, _ change: Int64) {
    counts[CountKey(scope: "", flags: row.flags.rawValue), default: 0] += change
    guard let organization = row.organizationID else { return }
    let scope = ":" + organization.string
    counts[CountKey(scope: scope, flags: row.flags.rawValue), default: 0] += change
  }
}
