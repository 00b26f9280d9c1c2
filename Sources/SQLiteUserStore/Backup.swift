internal import Contract
internal import Glibc
public import Users

extension SQLiteUserStore {
  /// A step is some milliseconds of copying.
  private static let pagesPerStep: Int32 = 1024

  /// Copies the store at `path`, as it is at one moment, to a new file, and gives its size in bytes.
  ///
  /// The copy is made under another name, checked, and gets its own when it is on the disk: whoever
  /// is killed midway leaves nothing that looks like a store. `progress` is told how many pages
  /// there are, and how many of them are left.
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

  /// Opens a copy of the store, as it is at one moment. It stands beside the store, and is gone with the object.
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

  /// One read transaction is held over all steps. In WAL mode it keeps no writer waiting, and what
  /// they commit meanwhile is not seen. Without it a step that comes after a commit begins again
  /// with the first page: half a second of copying took half a minute beside one busy writer.
  static func copy(
    _ path: String, to draft: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws(StoreError) {
    let source = try Connection(path: path)
    try source.run("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1")
    let copy = try Connection(path: draft)
    // There is nothing to go back to, and `writeOut` sees to the disk.
    try copy.run("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF")
    try source.copyPages(to: copy, pagesPerStep: pagesPerStep, progress)
  }

  /// Copies of a damaged store would in time take the place of sound ones. The copy is looked at
  /// and not the store, whose log could not be emptied as long as it is read.
  ///
  /// Says whether it has the present format, and so was looked at as a whole.
  static func check(_ draft: String) throws(StoreError) -> Bool {
    var damage: String?
    let checkup = try ContentCheckup(path: draft)
    checkup.run { check in
      if check.status == .fail { damage = damage ?? "\(check.name): \(check.detail)" }
    }
    if let damage { throw .corrupt(damage) }
    return checkup.isCurrent
  }

  /// A copy has a feed of its own: what happens in the store from now on is not in it. And it has no
  /// log, so that looking at it leaves no file beside it.
  private static func setApart(_ draft: String) throws(StoreError) {
    let copy = try Connection(path: draft)
    try copy.run("PRAGMA synchronous=OFF; PRAGMA journal_mode=DELETE")
    if try copy.number("PRAGMA user_version") == Schema.version {
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
