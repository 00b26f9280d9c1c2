internal import CLinux
internal import Contract
internal import Glibc
internal import Users

/// The lock that a process holds while it writes or checkpoints: a `flock` on a file beside the
/// store.
///
/// It queues writers, where SQLite's own waiting starves some of them. And it keeps a checkpoint
/// from running beside a writer, which SQLite before 3.51.3 can lose commits by
/// (https://www.sqlite.org/wal.html#walresetbug).
///
/// The kernel wakes the first who waits, but whoever asks before that one runs is served first. So a
/// process that writes without end would get the lock again and again. Therefore the first in the
/// queue has the turn, a second lock, and nobody takes the lock while somebody else has the turn.
final class WriteLock {
  /// How long to wait for other processes.
  static let waitMsMax = 5000
  private static let alarmMs = 50
  /// What a store's name has behind it in that of its lock.
  static let ending = "-lock"

  private let store: String
  private let path: String
  private var file: Int32
  /// Whether the file was not there before.
  private(set) var wasMade = false

  /// The lock of the store at `path`, made if it is not there.
  init(of store: String) throws(StoreError) {
    self.store = store
    path = store + Self.ending
    file = -1
    file = try open()
  }

  /// The lock of a store that is only looked at: nil if nobody has ever made it.
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

  /// Whoever may write the store may lock it, also where somebody else, root say, has made the lock:
  /// it gets the owner, group and mode of the store, as far as this process may give them.
  private func shareWithStore(_ file: Int32) {
    var (own, facts) = (stat(), stat())
    // What has another name besides may be somebody's file, put here for root to give away.
    guard fstat(file, &own) == 0, own.st_mode & S_IFMT == S_IFREG, own.st_nlink == 1 else { return }
    guard stat(store, &facts) == 0 else {
      // A store that is being made: its lock is private under whatever mask.
      fchmod(file, 0o600)
      return
    }
    // A store that is not to be written to today may be tomorrow.
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
      if isAwaited || !acquireIfFree() { try acquireInTurn(waitMsMax) }
      if isCurrent { return }
      try openAnew()
    }
  }

  /// Takes the lock unless somebody holds it.
  func acquireAtOnce() throws(StoreError) -> Bool {
    while true {
      if !acquireIfFree() { return false }
      if isCurrent { return true }
      try openAnew()
    }
  }

  /// A lock on a file that others no longer find would keep nobody out.
  private var isCurrent: Bool {
    StoreFile.Identity(descriptor: file) == StoreFile.Identity(path: path)
  }

  private func openAnew() throws(StoreError) {
    let fresh = try open()
    close(file)
    file = fresh
  }

  /// Waits in the kernel's queue, woken by an alarm now and then to look at the clock.
  ///
  /// The turn is a courtesy: one that is not passed on, since a process was stopped, say, is not
  /// waited for longer than to the first alarm.
  private func acquireInTurn(_ waitMsMax: Int) throws(StoreError) {
    let alarm = Alarm(everyMs: Self.alarmMs)
    defer { alarm.stop() }
    let deadline = Stopwatch.nowMs + waitMsMax
    let hasTurn = roster_turn_take(file) >= 0
    defer { if hasTurn { roster_turn_leave(file) } }
    while flock(file, LOCK_EX) != 0 {
      guard errno == EINTR else { throw .failed("lock: \(StoreFile.message(errno))") }
      if Stopwatch.nowMs >= deadline { throw .busy }
    }
  }

  /// Whether somebody waits for whoever has the lock.
  var isAwaited: Bool { roster_turn_is_taken(file) }

  /// Removes the file, if there was none before: whoever waits for it makes another one.
  func removeIfMade() { if wasMade { unlink(path) } }

  func release() { flock(file, LOCK_UN) }
}

/// A timer that interrupts blocking calls until it is stopped. Then what was set before comes back.
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
