internal import CLinux
internal import Glibc
internal import Synchronization

/// Detects that the process has to end: it was asked to stop, or its parent or client has ended.
///
/// There is no second thread: a timer interrupts blocking calls regularly, so that the process
/// notices a signal that came just before such a call, the end of its parent, and a long pause.
public enum ShutdownSignal {
  /// A SIGTERM and the parent's end are noticed within this time.
  static let tickMs = 500

  private static let stopping = Atomic<Bool>(false)
  private static let parent = Atomic<pid_t>(0)

  /// A descriptor that is readable once the client's process has ended, or -1; and its id, or 0.
  private static let clientDescriptor = Atomic<Int32>(-1)
  private static let client = Atomic<pid_t>(0)

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

  /// Starts watching for signals and for the parent's end.
  public static func start() {
    parent.store(getppid(), ordering: .relaxed)
    stopping.store(false, ordering: .relaxed)
    handle([SIGTERM, SIGINT]) { _ in ShutdownSignal.stopping.store(true, ordering: .relaxed) }
    handle([SIGALRM]) { _ in }
    tick(everyMs: tickMs)
  }

  /// Sets how often blocking calls are interrupted.
  static func tick(everyMs: Int) {
    let interval = timeval(tv_sec: 0, tv_usec: everyMs * 1000)
    var timer = itimerval(it_interval: interval, it_value: interval)
    setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
  }

  /// Whether the process has to end. Called after a blocking call was interrupted.
  static func isEnding() -> Bool {
    isStopping || getppid() != parent.load(ordering: .relaxed) || hasClientEnded
  }

  /// Ends this process when the given one ends. A number that can't be a process id is ignored.
  public static func watch(_ process: Int) {
    guard let number = pid_t(exactly: process), number > 0 else { return }
    // In a container the parent may be outside, and so process ids from there mean nothing here.
    if getppid() == 0, kill(number, 0) != 0, errno == ESRCH { return }
    let old = clientDescriptor.exchange(roster_open_process(number), ordering: .relaxed)
    if old >= 0 { close(old) }
    client.store(number, ordering: .relaxed)
  }

  private static var hasClientEnded: Bool {
    let number = client.load(ordering: .relaxed)
    if number == 0 { return false }
    let descriptor = clientDescriptor.load(ordering: .relaxed)
    // For kernels without such descriptors. The id may belong to another process by then.
    if descriptor < 0 { return kill(number, 0) != 0 && errno == ESRCH }
    var end = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&end, 1, 0) == 1
  }

  /// Reaps children that have ended: those of a program that replaced itself by this one (exec),
  /// and, if this is the first process of a container, orphaned children of mailers.
  static func reapChildren() { while waitpid(-1, nil, WNOHANG) > 0 {} }

  /// Without SA_RESTART, because the signal must interrupt blocking calls.
  private static func handle(
    _ signals: [Int32], _ handler: @escaping @convention(c) (Int32) -> Void
  ) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    for signal in signals { sigaction(signal, &action, nil) }
  }
}
