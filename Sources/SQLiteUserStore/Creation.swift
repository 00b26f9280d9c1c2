internal import Contract
public import Users

// Creation of a store and migration to the current format.
extension SQLiteUserStore {
  /// Migrates a store of an older Roster to the current format.
  func migrate(_ progress: (_ all: Int, _ left: Int) -> Void) throws(StoreError) {
    let lock = try writeLock()
    try lock.acquire()
    defer { lock.release() }
    try FormerSchema.migrate(connection, progress)
  }

  /// Migrates the store at `path`, as opening it does; returns the formats before and after.
  public static func migrate(
    path: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> (from: Int, to: Int) {
    let before = try StoreFile.requireStore(StorePath(path).real)
    _ = try SQLiteUserStore(path: path, progress)
    return (Int(before), Int(DatabaseSchema.version))
  }

  static func open(_ path: String) throws -> Connection {
    do {
      return try Connection(path: path)
    } catch {
      throw StoreFileError(
        path, "can't be opened. \(error.failure.message)", "\(error.failure.hint.text)")
    }
  }

  /// Makes a new store with its first account. The file is readable only for the operating-system
  /// user that runs this.
  ///
  /// The file has a temporary name until it is complete, so a killed process leaves nothing that
  /// looks like a store.
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
      throw StoreFileError(
        path, "is already a store, and was not changed",
        "Use it, or choose another file.")
    }
    try StoreFile.requireNoLog(path)
    let draft = try Draft(beside: path)
    try DatabaseSchema.create(in: try open(draft.path), first: PackedUser(owner))
    guard StoreFile.isLogEmpty(draft.path) else {
      throw StoreFileError(path, "can't be made: it still has a log", "Try again.")
    }
    try draft.publishOver()
  }
}
