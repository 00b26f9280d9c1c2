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

  /// Whether the process was asked to stop.
  public static var isStopping: Bool { stopping.load(ordering: .relaxed) }

  /// Keeps what the process holds, such as tokens, out of core files and of debuggers.
  public static func hideMemory() { roster_hide_memory() }

  /// Starts watching.
  public static func start() {
    signal(SIGPIPE, SIG_IGN)
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
    isStopping || getppid() != parent.load(ordering: .relaxed)
  }

  /// Without SA_RESTART: the signal is to interrupt what blocks.
  private static func handle(
    _ signals: [Int32], _ handler: @escaping @convention(c) (Int32) -> Void
  ) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    for signal in signals { sigaction(signal, &action, nil) }
  }
}
