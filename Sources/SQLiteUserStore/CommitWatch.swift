internal import Glibc
public import Users

/// Notices commits of other processes without looking for them: each process announces its commits
/// at the lock's file (`WriteLock.announceCommit`), and the kernel reports that here (inotify).
///
/// The log would be a worse place: it is written before the commit, with a pause as long as the
/// disk takes, and also without a commit. Afterwards SQLite writes only to memory.
final class CommitWatch {
  /// Readable when the lock's file was closed by a process, or was replaced.
  let queue: Int32
  private let path: String
  private var isWatching = false

  private static let closed = UInt32(IN_CLOSE_WRITE | IN_CLOSE_NOWRITE)
  /// The file, or one of its names, was moved, removed or changed.
  private static let replaced = UInt32(IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)

  /// nil if this user has no inotify queues left.
  init?(of store: StorePath) {
    let opened = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    if opened < 0 { return nil }
    queue = opened
    path = store.real + WriteLock.ending
  }

  deinit { close(queue) }

  /// Drops the reports so far. Returns whether later closes of the file will be reported.
  func reset() -> Bool {
    // Reports about a file, unlike those about a folder, have no name and so the same size: the
    // watch, the event, a cookie and the length of the name.
    let wordsPerReport = 4
    var words = [UInt32](repeating: 0, count: 64 * wordsPerReport)
    while true {
      let count = read(queue, &words, words.count * 4) / 4
      if count <= 0 { break }
      for at in stride(from: 1, to: count, by: wordsPerReport)
      where words[at] & ~Self.closed != 0 { isWatching = false }
    }
    if !isWatching {
      let events = Self.closed | Self.replaced | UInt32(IN_DONT_FOLLOW)
      isWatching = inotify_add_watch(queue, path, events) >= 0
    }
    return isWatching
  }
}

extension SQLiteUserStore {
  public func awaitCommits() -> CommitSignal {
    if commitWatch == nil { commitWatch = CommitWatch(of: storePath) }
    guard let commitWatch else { return .unavailable }
    if commitWatch.reset() { return .descriptor(commitWatch.queue) }
    do throws(StoreError) {
      // No process has written yet, or the file was removed.
      try writeLock().remake()
    } catch {
      return .unavailable
    }
    return commitWatch.reset() ? .descriptor(commitWatch.queue) : .unavailable
  }
}
