public import Users

extension SQLiteUserStore {
  /// A transaction that has inserted this many accounts gets a larger page cache, because it writes
  /// to random pages of every index.
  private static let bulkAccountsMin = 200
  private static let bulkCacheKib = 64 << 10
  /// A transaction that writes more than this is large: its commit takes a tenth of a second.
  private static let transactionBytesMax = 32 << 20

  public func insert(_ user: PackedUser) throws(StoreError) {
    try writer.insert(user)
    Failpoint.hit(.userWritten)
    inserted += 1
    if inserted == Self.bulkAccountsMin, !isCacheLarge {
      try connection.setCache(kib: Self.bulkCacheKib)
      isCacheLarge = true
    }
  }

  /// Up to this many accounts, rebuilding the indexes is faster than updating them.
  private static let lateIndexAccountsMax = 1000

  public func beginImport() throws(StoreError) -> Bool {
    let count = try connection.number("SELECT count(*) FROM users LIMIT 1")
    writer.isIndexing = count > Self.lateIndexAccountsMax
    if !writer.isIndexing { try connection.run(DatabaseSchema.dropLateIndexes) }
    return !writer.isIndexing
  }

  public func endImport() throws(StoreError) {
    if writer.isIndexing { return }
    writer.isIndexing = true
    try connection.run(DatabaseSchema.lateIndexes)
    try writer.indexAll()
  }

  /// Pages that are only read are mapped, and so not in the cache.
  public var isLargeTransaction: Bool {
    isCacheLarge && connection.cacheBytes >= Self.transactionBytesMax
  }

  /// Transactions that follow each other share the large cache.
  func shrinkCache() throws(StoreError) {
    if !isCacheLarge { return }
    try connection.setCache(kib: Connection.cacheKib)
    isCacheLarge = false
  }

  /// How many accounts a commit adds to the trigram index, so that other writers wait no longer than
  /// for 30 ms of it, and the caller of a single create for 10.
  var indexingMax: Int64 {
    if inserted < Self.bulkAccountsMin { return 320 }
    return hasWaitingWriter ? 1024 : .max
  }

  /// Call this before a change that may affect a caller's permissions.
  func didChange() { revision += 1 }

  public func replace(_ old: PackedUser, with new: PackedUser) throws(StoreError) {
    didChange()
    try events.keepCreation(of: old)
    try writer.replace(old, with: new)
    Failpoint.hit(.userWritten)
  }

  public func remove(_ user: PackedUser) throws(StoreError) {
    didChange()
    try events.keepCreation(of: user)
    try writer.remove(user)
    Failpoint.hit(.userWritten)
  }
}
