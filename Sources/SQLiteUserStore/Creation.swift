internal import Contract
public import Users

// How a store comes to be, and to its present format.
extension SQLiteUserStore {
  /// Brings a store of an older Roster to the present format.
  func migrate() throws(StoreError) {
    let lock = try writeLock()
    try lock.acquire()
    defer { lock.release() }
    try Schema.migrate(connection)
  }

  static func open(_ path: String) throws -> Connection {
    do {
      return try Connection(path: path)
    } catch {
      throw StoreFileError(
        path, "can't be opened. \(error.failure.message)", "\(error.failure.hint.text)")
    }
  }

  /// Makes a new store with its first account. The file is only readable for its owner.
  ///
  /// It is made under another name, and gets its own when it is whole: whoever is killed midway
  /// leaves nothing that looks like a store.
  public static func create(path: String, owner: User) throws {
    let path = try StorePath(path).real
    let lock = try WriteLock(of: path)
    try lock.acquire()
    defer { lock.release() }
    do {
      try makeFile(path, owner)
    } catch {
      lock.removeIfMade()
      throw error
    }
  }

  private static func makeFile(_ path: String, _ owner: User) throws {
    if case .store = try StoreFile.inspect(path) {
      throw StoreFileError(path, "is a store already", "Use it, or name another file.")
    }
    try StoreFile.requireNoLog(path)
    let draft = try Draft(beside: path)
    try Schema.create(in: try open(draft.path), first: StoredUser(owner))
    guard StoreFile.isLogEmpty(draft.path) else {
      throw StoreFileError(path, "can't be made: it still has a log", "Try again.")
    }
    try draft.publishOver()
  }
}
