public import Users

extension SQLiteUserStore {
  public func insert(_ user: StoredUser) throws(StoreError) {
    try user.withRow { (row) throws(StoreError) in
      try writer.insert(row, isIndexed: !isImporting)
    }
    Failpoint.hit(.userWritten)
    inserted += 1
    if inserted == Self.bulkAccountsMin { try connection.setCache(kib: Self.bulkCacheKib) }
  }

  /// Below this many accounts it is quicker to build the indexes anew than to keep them up.
  private static let lateIndexAccountsMax = 1000

  public func beginImport() throws(StoreError) -> Bool {
    let count = try connection.number("SELECT count(*) FROM users LIMIT 1")
    isImporting = count <= Self.lateIndexAccountsMax
    if isImporting { try connection.run(Schema.dropLateIndexes) }
    return isImporting
  }

  public func endImport() throws(StoreError) {
    guard isImporting else { return }
    isImporting = false
    try connection.run(Schema.lateIndexes)
    try writer.indexAll()
  }

  /// To be called before what a caller's rights may depend on is changed.
  func didChange() { revision += 1 }

  public func replace(_ old: StoredUser, with new: StoredUser) throws(StoreError) {
    didChange()
    try old.withRow { (before) throws(StoreError) in
      try new.withRow { (after) throws(StoreError) in try writer.replace(before, with: after) }
    }
    Failpoint.hit(.userWritten)
  }

  public func remove(_ user: StoredUser) throws(StoreError) {
    didChange()
    try user.withRow { (row) throws(StoreError) in try writer.remove(row) }
    Failpoint.hit(.userWritten)
  }
}
