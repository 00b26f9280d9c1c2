internal import CLinux
internal import Contract
internal import Glibc
internal import Secrets
internal import Users

/// A file that gets its final name when it is complete, so a killed process leaves nothing that
/// looks like a store. Until then it has a unique name in the same folder.
final class Draft {
  private static let start = ".roster-"
  private static let end = ".new"
  private static let randomCount = 12
  /// A draft without a lock is removed after this time: its process was killed.
  private static let abandonedSeconds = 60

  let path: String
  /// The final path.
  private let target: String
  /// Locked while the draft is in use. (Closed last: closing it would drop SQLite's own locks.)
  private let file: Int32

  /// Makes an empty file that only its owner can open, whatever the umask is.
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

  /// Removes the file, unless it was published.
  deinit {
    Self.remove(path)
    close(file)
  }

  /// Removes the file, and the files that SQLite keeps beside it.
  private static func remove(_ path: String) {
    for ending in ["", "-wal", "-shm", "-journal", WriteLock.ending] { unlink(path + ending) }
  }

  /// Removes drafts left by killed processes, because they may be copies of whole stores.
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

  /// Waits until the whole file is on the disk; returns its size in bytes.
  func writeOut() throws(StoreFileError) -> Int {
    var facts = stat()
    guard fsync(file) == 0, fstat(file, &facts) == 0 else {
      throw StoreFileError(
        target, "can't be written: \(StoreFile.message(errno))", "Check the disk.")
    }
    return Int(facts.st_size)
  }

  /// Gives the draft the owner, group and access mode of the file at `path`, as far as this process
  /// is permitted to, because root may restore another user's store.
  func takeOwner(of path: String) {
    var facts = stat()
    guard stat(path, &facts) == 0 else { return }
    fchmod(file, facts.st_mode & 0o666)
    _ = fchown(file, uid_t.max, facts.st_gid)
    _ = fchown(file, facts.st_uid, gid_t.max)
  }

  /// Renames the draft to its final name and syncs the folder. An existing file is not replaced.
  func publish() throws(StoreFileError) {
    if roster_rename_to_free_name(path, target) == 0 { return StoreFile.syncFolder(of: target) }
    if errno != EEXIST, errno != EINVAL, errno != ENOSYS { throw failure() }
    // Some file systems, such as FAT, do not support that kind of rename.
    try StoreFile.requireNothing(at: target)
    try publishOver()
  }

  /// Like `publish`, but replaces an existing file.
  func publishOver() throws(StoreFileError) {
    guard rename(path, target) == 0 else { throw failure() }
    StoreFile.syncFolder(of: target)
  }
}
