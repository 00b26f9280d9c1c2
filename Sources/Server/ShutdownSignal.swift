internal import CLinux
internal import Glibc
internal import Synchronization
public import Users

/// Detects that the process has to end: it was asked to stop, or its parent or client has ended.
///
/// There is no second thread: while the process works, a timer interrupts blocking calls regularly,
/// so that the process notices a signal that came just before such a call, the end of its parent,
/// and a long pause. After a pause it sleeps without the timer, until something happens.
public enum ShutdownSignal {
  /// While the process works, a SIGTERM and the parent's end are noticed within this time.
  static let tickMs = 500

  private static let stopping = Atomic<Bool>(false)
  private static let parent = WatchedProcess()
  private static let client = WatchedProcess()

  /// Whether the process was asked to stop.
  public static var isStopping: Bool { stopping.load(ordering: .relaxed) }

  /// Keeps the process's memory, which may contain tokens, out of core files and away from
  /// debuggers.
  public static func hideMemory() { roster_hide_memory() }

  /// Resets the signal settings that this process inherited: a blocked signal would never arrive.
  /// Ignores signals that would end the process when a write fails.
  public static func resetSignals() {
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
    for number in [SIGALRM, SIGCHLD, SIGTERM] { signal(number, SIG_DFL) }
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
  }

  /// Starts watching for signals.
  public static func start() {
    stopping.store(false, ordering: .relaxed)
    handle([SIGTERM, SIGINT]) { _ in ShutdownSignal.stopping.store(true, ordering: .relaxed) }
    handle([SIGALRM]) { _ in }
    // Without a handler it would not end a sleep.
    handle([SIGCHLD], flags: SA_RESTART) { _ in }
    tick(everyMs: tickMs)
  }

  /// Sets how often blocking calls are interrupted; 0 is never.
  private static func tick(everyMs: Int) {
    let interval = timeval(tv_sec: 0, tv_usec: everyMs * 1000)
    var timer = itimerval(it_interval: interval, it_value: interval)
    setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
  }

  /// Waits without the timer until the store may have new events, or a signal comes.
  public static func sleep(until commits: CommitSignal) {
    var (ends, msMax) = ([pollfd](), Int?.none)
    switch commits {
    case .needless: break
    case .descriptor(let signal): ends = [pollfd(fd: signal, events: Int16(POLLIN), revents: 0)]
    case .unavailable: msMax = WireLimits.eventTickMs
    }
    sleep(until: &ends, msMax: msMax)
  }

  /// Waits without the timer for this time, or until a signal comes.
  public static func sleep(ms: Int) {
    var none: [pollfd] = []
    sleep(until: &none, msMax: ms)
  }

  /// Waits without the timer until a descriptor is ready, for at most `msMax`. A signal, a child's
  /// end, and the end of the parent or the client end this too.
  static func sleep(until ends: inout [pollfd], msMax: Int?) {
    var (signals, before) = (sigset_t(), sigset_t())
    sigemptyset(&signals)
    for number in [SIGTERM, SIGINT, SIGCHLD] { sigaddset(&signals, number) }
    // Blocked, so that none comes between the checks and the wait.
    sigprocmask(SIG_BLOCK, &signals, &before)
    defer { sigprocmask(SIG_SETMASK, &before, nil) }
    reapChildren()
    if isEnding() { return }
    let count = ends.count
    for descriptor in [parent.descriptor, client.descriptor] {
      ends.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
    }
    defer { ends.removeLast(ends.count - count) }
    // An end that the kernel can't report has to be looked for.
    let isWatching = parent.isReported && client.isReported
    let msMax = isWatching ? msMax : min(msMax ?? tickMs, tickMs)
    tick(everyMs: 0)
    defer { tick(everyMs: tickMs) }
    if roster_poll(&ends, UInt(ends.count), Int32(msMax ?? -1), &before) < 0, errno != EINTR {
      // The kernel lacks memory, for example. The caller must not try again without a pause.
      poll(nil, 0, Int32(tickMs))
    }
  }

  /// Whether the process has to end. Called after a blocking call was interrupted.
  static func isEnding() -> Bool {
    isStopping || hasParentEnded || hasClientEnded
  }

  /// Ends this process when its parent ends. A parent outside this container has the id 0, and its
  /// end can't be noticed.
  public static func watchParent() { parent.watch(getppid()) }

  /// Ends this process when the given one ends. A number that can't be a process id is ignored.
  public static func watch(_ process: Int) {
    guard let number = pid_t(exactly: process), number > 0 else { return }
    // In a container the parent may be outside, and so process ids from there mean nothing here.
    if getppid() == 0, kill(number, 0) != 0, errno == ESRCH { return }
    client.watch(number)
  }

  private static var hasParentEnded: Bool {
    parent.id != 0 && (getppid() != parent.id || parent.hasEnded ?? false)
  }

  private static var hasClientEnded: Bool {
    if client.id == 0 { return false }
    // For kernels without such descriptors. The id may belong to another process by then.
    return client.hasEnded ?? (kill(client.id, 0) != 0 && errno == ESRCH)
  }

  /// Reaps children that have ended: those of a program that replaced itself by this one (exec),
  /// and, if this is the first process of a container, orphaned children of mailers.
  private static func reapChildren() { while waitpid(-1, nil, WNOHANG) > 0 {} }

  /// Without SA_RESTART, the signals interrupt blocking calls.
  private static func handle(
    _ signals: [Int32], flags: Int32 = 0, _ handler: @escaping @convention(c) (Int32) -> Void
  ) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    action.sa_flags = flags
    for signal in signals { sigaction(signal, &action, nil) }
  }
}
