internal import CLinux
internal import Glibc
internal import Synchronization

/// Ends the process when it is asked to, or when nobody is left to serve.
///
/// There is no second thread: a timer interrupts blocking calls now and then, so that a signal
/// which came in the moment before such a call is noticed, a parent that died too, and a long pause.
public enum Lifeline {
  /// SIGTERM is noticed by then at the latest, and the parent's death.
  static let tickMs = 500

  private static let stopping = Atomic<Bool>(false)
  private static let parent = Atomic<pid_t>(0)

  /// A descriptor that tells when the client's process has ended, or -1; and its number, or 0.
  private static let clientDescriptor = Atomic<Int32>(-1)
  private static let client = Atomic<pid_t>(0)

  /// Whether the process was asked to stop.
  public static var isStopping: Bool { stopping.load(ordering: .relaxed) }

  /// Keeps what the process holds, such as tokens, out of core files and of debuggers.
  public static func hideMemory() { roster_hide_memory() }

  /// Takes back what whoever started the process may have chosen for signals, and children inherit: a
  /// blocked one would never come. Writing fails where it would send a signal that ends the process.
  public static func resetSignals() {
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
    for number in [SIGALRM, SIGCHLD, SIGTERM] { signal(number, SIG_DFL) }
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
  }

  /// Starts watching.
  public static func start() {
    parent.store(getppid(), ordering: .relaxed)
    stopping.store(false, ordering: .relaxed)
    handle([SIGTERM, SIGINT]) { _ in Lifeline.stopping.store(true, ordering: .relaxed) }
    handle([SIGALRM]) { _ in }
    tick(everyMs: tickMs)
  }

  /// How often blocking calls are interrupted from now on.
  static func tick(everyMs: Int) {
    let interval = timeval(tv_sec: 0, tv_usec: everyMs * 1000)
    var timer = itimerval(it_interval: interval, it_value: interval)
    setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
  }

  /// Called when a blocking call was interrupted: whether it is time to end.
  static func isEnding() -> Bool {
    isStopping || getppid() != parent.load(ordering: .relaxed) || hasClientEnded
  }

  /// Ends the process when this one does. Numbers that no process can have mean none.
  public static func watch(_ process: Int) {
    guard let number = pid_t(exactly: process), number > 0 else { return }
    // In a container whoever started this process is outside, and so are their numbers.
    if getppid() == 0, kill(number, 0) != 0, errno == ESRCH { return }
    let old = clientDescriptor.exchange(roster_open_process(number), ordering: .relaxed)
    if old >= 0 { close(old) }
    client.store(number, ordering: .relaxed)
  }

  private static var hasClientEnded: Bool {
    let number = client.load(ordering: .relaxed)
    if number == 0 { return false }
    let descriptor = clientDescriptor.load(ordering: .relaxed)
    // Where the kernel has no such descriptors. The number may by then be another process's.
    if descriptor < 0 { return kill(number, 0) != 0 && errno == ESRCH }
    var end = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&end, 1, 0) == 1
  }

  /// Takes note of children that have ended: those that whoever started this process has left to it,
  /// and, as the first process of a container, those of mailers.
  static func reapChildren() { while waitpid(-1, nil, WNOHANG) > 0 {} }

  /// Without SA_RESTART: the signal is to interrupt what blocks.
  private static func handle(
    _ signals: [Int32], _ handler: @escaping @convention(c) (Int32) -> Void
  ) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    for signal in signals { sigaction(signal, &action, nil) }
  }
}
