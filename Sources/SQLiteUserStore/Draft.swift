internal import CLinux
internal import Contract
internal import Glibc
internal import Secrets
internal import Users

/// A file that gets its name when it is whole: whoever is killed midway leaves nothing that looks like
/// a store. Until then it has a name that nobody else has, in the same folder.
final class Draft {
  private static let start = ".roster-"
  private static let end = ".new"
  private static let randomCount = 12
  /// A draft that nobody works on goes when it is so old: then whoever made it was killed.
  private static let abandonedSeconds = 60

  let path: String
  /// The file that it is to become.
  private let target: String
  /// Locked as long as somebody works on it. (Closed last: SQLite's own locks would go with it.)
  private let file: Int32

  /// An empty file that only its owner can open, under whatever mask.
  init(beside target: String) throws(StoreFileError) {
    Self.removeAbandoned(beside: target)
    self.target = target
    path = StoreFile.path(Self.start + randomBase62(Self.randomCount) + Self.end, beside: target)
    file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0, fchmod(file, 0o600) == 0, flock(file, LOCK_EX | LOCK_NB) == 0 else {
      throw failure()
    }
  }

  private func failure() -> StoreFileError {
    StoreFileError(target, "can't be made: \(StoreFile.message(errno))", "Check its folder.")
  }

  /// Removes what is left of it.
  deinit {
    Self.remove(path)
    close(file)
  }

  /// With what SQLite keeps beside it.
  private static func remove(_ path: String) {
    for ending in ["", "-wal", "-shm", "-journal", WriteLock.ending] { unlink(path + ending) }
  }

  /// Removes what was left by processes that were killed: copies of whole stores.
  private static func removeAbandoned(beside target: String) {
    guard let folder = opendir(StoreFile.folder(of: target)) else { return }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      guard name.utf8.count == start.utf8.count + randomCount + end.utf8.count,
        name.begins(with: start), name.ends(with: end)
      else { continue }
      removeIfAbandoned(StoreFile.path(name, beside: target))
    }
  }

  private static func removeIfAbandoned(_ path: String) {
    let file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    if file < 0 { return }
    defer { close(file) }
    var facts = stat()
    guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG,
      time(nil) - facts.st_mtim.tv_sec > abandonedSeconds, flock(file, LOCK_EX | LOCK_NB) == 0
    else { return }
    remove(path)
  }

  /// Waits until the whole file is on the disk; gives its size in bytes.
  func writeOut() throws(StoreFileError) -> Int {
    var facts = stat()
    guard fsync(file) == 0, fstat(file, &facts) == 0 else {
      throw StoreFileError(
        target, "can't be written: \(StoreFile.message(errno))", "Check the disk.")
    }
    return Int(facts.st_size)
  }

  /// Lets those use it who may use the file at `path`, as far as this process may: root restores the
  /// stores of others.
  func takeOwner(of path: String) {
    var facts = stat()
    guard stat(path, &facts) == 0 else { return }
    fchmod(file, facts.st_mode & 0o666)
    _ = fchown(file, uid_t.max, facts.st_gid)
    _ = fchown(file, facts.st_uid, gid_t.max)
  }

  /// Gives it its name, for good: the folder is written out too. What is there already stays.
  func publish() throws(StoreFileError) {
    if roster_rename_to_free_name(path, target) == 0 { return StoreFile.syncFolder(of: target) }
    if errno != EEXIST, errno != EINVAL, errno != ENOSYS { throw failure() }
    // FAT, say, knows no such renaming.
    try StoreFile.requireNothing(at: target)
    try publishOver()
  }

  /// The same, in the place of what is there.
  func publishOver() throws(StoreFileError) {
    guard rename(path, target) == 0 else { throw failure() }
    StoreFile.syncFolder(of: target)
  }
}
