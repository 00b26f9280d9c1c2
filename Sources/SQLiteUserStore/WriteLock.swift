internal import CLinux
internal import Contract
internal import Glibc
internal import Users

/// The lock that a process holds while it writes or checkpoints: a `flock` on a file beside the
/// store.
///
/// It queues writers, because SQLite's own waiting starves some of them. It also keeps a checkpoint
/// from running while another process writes, which can lose commits in SQLite before 3.51.3
/// (https://www.sqlite.org/wal.html#walresetbug).
///
/// The kernel wakes the first waiting process, but a process that asks before that one runs gets
/// the lock first. A process that writes without pause would thus get it again and again. Therefore
/// the first waiting process holds a queue slot, a second lock, and `acquire` waits while another
/// process has the slot.
final class WriteLock {
  /// How long to wait for other processes, in milliseconds.
  static let waitMsMax = 5000
  private static let alarmMs = 50
  /// The suffix of the lock's file name, after the store's name.
  static let ending = "-lock"

  private let store: String
  private let path: String
  private var file: Int32
  /// Whether this object created the file.
  private(set) var wasMade = false

  /// The lock of the store at the path `store`; creates the lock's file if it is missing.
  init(of store: String) throws(StoreError) {
    self.store = store
    path = store + Self.ending
    file = -1
    file = try open()
  }

  /// The lock of a store that is only inspected; nil if no process has created it yet.
  init?(existingOf store: String) throws(StoreError) {
    self.store = store
    path = store + Self.ending
    file = Glibc.open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    if file < 0, errno == ENOENT { return nil }
    if file < 0 { throw Self.openingError(path) }
  }

  deinit { if file >= 0 { close(file) } }

  private func open() throws(StoreError) -> Int32 {
    let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW
    var file = Glibc.open(path, flags | O_CREAT | O_EXCL, 0o600)
    wasMade = file >= 0
    if !wasMade { file = Glibc.open(path, flags | O_CREAT, 0o600) }
    if file < 0 { throw Self.openingError(path) }
    shareWithStore(file)
    return file
  }

  /// A process that may write the store must be able to lock it, even if another user, such as
  /// root, created the lock: it gets the owner, group and mode of the store, as far as this process
  /// may set them.
  private func shareWithStore(_ file: Int32) {
    var (own, facts) = (stat(), stat())
    // A file with another hard link may belong to another user, who linked it here so that root
    // changes its owner.
    guard fstat(file, &own) == 0, own.st_mode & S_IFMT == S_IFREG, own.st_nlink == 1 else { return }
    guard stat(store, &facts) == 0 else {
      // The store is being created: its lock is private, whatever the umask is.
      fchmod(file, 0o600)
      return
    }
    // A store that is read-only now may be writable later.
    let mode = facts.st_mode & 0o066 | 0o600
    if own.st_mode & 0o777 != mode { fchmod(file, mode) }
    if own.st_gid != facts.st_gid { _ = fchown(file, uid_t.max, facts.st_gid) }
    if own.st_uid != facts.st_uid { _ = fchown(file, facts.st_uid, gid_t.max) }
  }

  private static func openingError(_ path: String) -> StoreError {
    let isReadOnly = errno == EACCES || errno == EROFS || errno == EPERM
    return isReadOnly ? .readOnly : .failed("\(path): \(StoreFile.message(errno))")
  }

  func acquireIfFree() -> Bool { flock(file, LOCK_EX | LOCK_NB) == 0 }

  func acquire(waitMsMax: Int = waitMsMax) throws(StoreError) {
    while true {
      if hasWaitingWriter || !acquireIfFree() { try acquireInQueue(waitMsMax) }
      if isCurrent { return }
      try openAnew()
    }
  }

  /// Takes the lock unless another process holds it; does not wait.
  func acquireAtOnce() throws(StoreError) -> Bool {
    while true {
      if !acquireIfFree() { return false }
      if isCurrent { return true }
      try openAnew()
    }
  }

  /// A lock on a file that other processes no longer find would exclude none of them.
  private var isCurrent: Bool {
    guard let own = StoreFile.Identity(descriptor: file) else { return false }
    return own == StoreFile.Identity(path: path)
  }

  /// Makes the file again if it was removed. Call this without the lock.
  func remake() throws(StoreError) { if !isCurrent { try openAnew() } }

  private func openAnew() throws(StoreError) {
    let fresh = try open()
    close(file)
    file = fresh
  }

  /// Waits in the kernel's queue; an alarm interrupts it regularly to check the deadline.
  ///
  /// The wait for the queue slot is short: if its holder does not pass it on, for example because
  /// it was stopped, this process waits only until the first alarm.
  private func acquireInQueue(_ waitMsMax: Int) throws(StoreError) {
    let alarm = Alarm(everyMs: Self.alarmMs)
    defer { alarm.stop() }
    let deadline = Stopwatch.nowMs + waitMsMax
    let hasQueueSlot = roster_queue_enter(file) >= 0
    defer { if hasQueueSlot { roster_queue_leave(file) } }
    while flock(file, LOCK_EX) != 0 {
      guard errno == EINTR else { throw .failed("lock: \(StoreFile.message(errno))") }
      if Stopwatch.nowMs >= deadline { throw .busy }
    }
  }

  /// Whether another process waits for the lock.
  var hasWaitingWriter: Bool { roster_queue_is_taken(file) }

  /// Removes the file if this object created it; a waiting process then creates another one.
  func removeIfMade() { if wasMade { unlink(path) } }

  func release() { flock(file, LOCK_UN) }

  /// Tells the processes that watch the lock's file (`CommitWatch`) of a commit, while the lock is
  /// still held. The kernel reports that the file was opened and closed, which writes nothing to
  /// the disk. If this process is killed before the call, the kernel closes the file, and so tells
  /// them too.
  func announceCommit() {
    let other = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    if other >= 0 {
      close(other)
    } else {
      // There is no file descriptor left. A new time of the file is reported too.
      futimens(file, nil)
    }
  }
}

/// A timer that interrupts blocking calls. `stop` restores the previous timer and signal action.
private struct Alarm {
  private var oldAction = sigaction()
  private var oldTimer = itimerval()
  private static let real = __itimer_which_t(ITIMER_REAL.rawValue)

  init(everyMs: Int) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in }
    sigaction(SIGALRM, &action, &oldAction)
    let interval = timeval(tv_sec: 0, tv_usec: everyMs * 1000)
    var timer = itimerval(it_interval: interval, it_value: interval)
    setitimer(Self.real, &timer, &oldTimer)
  }

  func stop() {
    var (timer, action) = (oldTimer, oldAction)
    setitimer(Self.real, &timer, nil)
    sigaction(SIGALRM, &action, nil)
  }
}
