internal import Contract
internal import Glibc
internal import Users

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
    _ = try StoreFile.requireStore(path)
    try StoreFile.requireNothing(at: destination)
    let draft = destination + "-new"
    if StoreFile.Identity(path: draft) == StoreFile.Identity(path: path) {
      throw StoreFileError(
        destination, "can't be made: \(draft) is the store itself", "Name another file.")
    }
    // Keeps others from making the same file, be it a backup or a new store.
    let lockPath = destination + "-lock"
    let lock = try lock(lockPath, destination)
    defer {
      StoreFile.remove(draft)
      unlink(lockPath)
      lock.release()
    }
    // What a backup that was killed has left.
    StoreFile.remove(draft)
    try StoreFile.makeEmpty(draft)
    do throws(StoreError) {
      try copy(path, to: draft, progress)
      try check(draft)
    } catch {
      throw reason(error, path, destination)
    }
    let bytes = try StoreFile.writeOut(draft)
    try StoreFile.publish(draft, as: destination)
    return bytes
  }

  private static func lock(
    _ path: String, _ destination: String
  ) throws(StoreFileError) -> WriteLock {
    do throws(StoreError) {
      let lock = try WriteLock(path: path)
      try lock.acquire(waitMsMax: 0)
      return lock
    } catch .busy {
      throw StoreFileError(destination, "is being made by another process", "Name another file.")
    } catch .readOnly {
      throw StoreFileError(
        destination, "can't be made: its folder can't be written to", "Name another file.")
    } catch {
      throw StoreFileError(destination, "can't be made. \(error.failure.message)", "Try again.")
    }
  }

  /// One read transaction is held over all steps. In WAL mode it keeps no writer waiting, and what
  /// they commit meanwhile is not seen. Without it a step that comes after a commit begins again
  /// with the first page: half a second of copying took half a minute beside one busy writer.
  private static func copy(
    _ path: String, to draft: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws(StoreError) {
    let source = try Connection(path: path)
    try source.run("BEGIN; SELECT 1 FROM settings LIMIT 1")
    let copy = try Connection(path: draft)
    // There is nothing to go back to, and `writeOut` sees to the disk.
    try copy.run("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF")
    try source.copyPages(to: copy, pagesPerStep: pagesPerStep, progress)
  }

  /// Copies of a damaged store would in time take the place of sound ones. The copy is looked at
  /// and not the store, whose log could not be emptied as long as it is read.
  private static func check(_ draft: String) throws(StoreError) {
    var damage: String?
    try ContentCheckup(path: draft).run { check in
      if check.status == .fail { damage = damage ?? "\(check.name): \(check.detail)" }
    }
    if let damage { throw .corrupt(damage) }
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
      StoreFileError(path, "can't be copied. \(error.failure.message)", error.failure.hint)
    }
  }
}
