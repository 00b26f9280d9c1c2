public import Users

extension SQLiteUserStore {
  public func insert(_ user: PackedUser) throws(StoreError) {
    try writer.insert(user)
    Failpoint.hit(.userWritten)
    inserted += 1
    if inserted == Self.bulkAccountsMin { try connection.setCache(kib: Self.bulkCacheKib) }
  }

  /// Up to this many accounts, rebuilding the indexes is faster than updating them.
  private static let lateIndexAccountsMax = 1000

  public func beginImport() throws(StoreError) -> Bool {
    let count = try connection.number("SELECT count(*) FROM users LIMIT 1")
    isImporting = count <= Self.lateIndexAccountsMax
    if isImporting { try connection.run(DatabaseSchema.dropLateIndexes) }
    writer.isIndexing = !isImporting
    return isImporting
  }

  public func endImport() throws(StoreError) {
    guard isImporting else { return }
    isImporting = false
    writer.isIndexing = true
    try connection.run(DatabaseSchema.lateIndexes)
    try writer.indexAll()
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
