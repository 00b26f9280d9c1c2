internal import Contract
internal import Glibc
public import Users

extension SQLiteUserStore {
  /// Copying this many pages takes some milliseconds.
  private static let pagesPerStep: Int32 = 1024

  /// Copies one snapshot of the store at `path` to a new file, and returns the file's size in
  /// bytes.
  ///
  /// The copy has a temporary name until it is checked and on the disk, so a killed process leaves
  /// nothing that looks like a store. `progress` receives the numbers of all pages and of the
  /// remaining ones.
  public static func backUp(
    _ path: String, to destination: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws(StoreFileError) -> Int {
    let path = try StorePath(path).real
    _ = try StoreFile.requireStore(path)
    try StoreFile.requireNothing(at: destination)
    let draft = try Draft(beside: destination)
    do throws(StoreError) {
      try copy(path, to: draft.path, progress)
      _ = try check(draft.path)
      try setApart(draft.path)
    } catch {
      throw reason(error, path, destination)
    }
    let bytes = try draft.writeOut()
    try draft.publish()
    return bytes
  }

  /// Opens a copy of one snapshot of the store. Its file lies beside the store and is removed with
  /// the object.
  public static func openCopy(
    of path: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> SQLiteUserStore {
    let path = try StorePath(path).real
    _ = try StoreFile.requireStore(path)
    let draft = try Draft(beside: path)
    do throws(StoreError) {
      try copy(path, to: draft.path, progress)
    } catch {
      throw reason(error, path, "a copy of \(path)")
    }
    let store = try SQLiteUserStore(path: draft.path)
    store.draft = draft
    try store.connection.run("PRAGMA synchronous=OFF")
    return store
  }

  /// One read transaction is held over all steps. In WAL mode it blocks no writer, and commits made
  /// meanwhile are not in the copy. Without it, a step after a commit starts again at the first
  /// page: beside one busy writer, half a second of copying took half a minute.
  static func copy(
    _ path: String, to draft: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws(StoreError) {
    let source = try Connection(path: path)
    try source.run("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1")
    let copy = try Connection(path: draft)
    // The draft needs no rollback, and `writeOut` syncs it to the disk.
    try copy.run("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF")
    try source.copyPages(to: copy, pagesPerStep: pagesPerStep, progress)
  }

  /// Checks the copy, because copies of a damaged store would in time replace all sound backups. It
  /// does not check the store itself, because the log can't be emptied while a check reads the
  /// store.
  ///
  /// Returns whether the copy has the current format, and so was checked completely.
  static func check(_ draft: String) throws(StoreError) -> Bool {
    var damage: String?
    let checkup = try ContentCheck(path: draft)
    checkup.run { check in
      if check.status == .fail { damage = damage ?? "\(check.name): \(check.detail)" }
    }
    if let damage { throw .corrupt(damage) }
    return checkup.isCurrent
  }

  /// Gives the copy its own feed id, because it lacks the store's later events. Ends WAL mode, so
  /// that opening the copy leaves no file beside it.
  private static func setApart(_ draft: String) throws(StoreError) {
    let copy = try Connection(path: draft)
    try copy.run("PRAGMA synchronous=OFF; PRAGMA journal_mode=DELETE")
    if try copy.number("PRAGMA user_version") == DatabaseSchema.version {
      try Settings(copy).renameFeed()
    }
  }

  private static func reason(
    _ error: StoreError, _ path: String, _ destination: String
  ) -> StoreFileError {
    switch error {
    case .full:
      StoreFileError(
        destination, "can't be made: its disk is full", "Make room, or name a file elsewhere.")
    case .failed(let detail):
      StoreFileError(destination, "can't be made: \(detail)", "Check the disks and try again.")
    default:
      StoreFileError(
        path, "can't be copied. \(error.failure.message)", "\(error.failure.hint.text)")
    }
  }
}
