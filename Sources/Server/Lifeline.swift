internal import Glibc
internal import Synchronization

/// Ends the process when it is asked to, or when nobody is left to serve.
///
/// A thread of its own waits for SIGTERM and SIGINT, and looks each second whether the parent is
/// still there. It wakes the main thread out of a blocking read by a signal that does nothing, again
/// and again, so that none falls into the moment before the read.
public enum Lifeline {
  private static let tickSeconds = 1
  /// How long the main thread has for what is in, once asked to stop.
  private static let stopMsMax = 1500
  private static let nudgeMs = 20

  private static let stopping = Atomic<Bool>(false)

  static var isStopping: Bool { stopping.load(ordering: .relaxed) }

  /// Starts watching. To be called by the main thread, before others exist.
  public static func start() {
    signal(SIGPIPE, SIG_IGN)
    var wake = sigaction()
    wake.__sigaction_handler.sa_handler = { _ in }
    sigaction(SIGUSR1, &wake, nil)

    var asked = stopSignals
    pthread_sigmask(SIG_BLOCK, &asked, nil)
    let main = pthread_self()
    let parent = getppid()
    var thread = pthread_t()
    let watch = Watch(main: main, parent: parent)
    let context = Unmanaged.passRetained(watch).toOpaque()
    pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Watch>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, context)
  }

  private static var stopSignals: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    return signals
  }

  private final class Watch: Sendable {
    private let main: pthread_t
    private let parent: pid_t

    init(main: pthread_t, parent: pid_t) {
      self.main = main
      self.parent = parent
    }

    func run() {
      var signals = stopSignals
      while true {
        var tick = timespec(tv_sec: tickSeconds, tv_nsec: 0)
        let signal = sigtimedwait(&signals, nil, &tick)
        if signal > 0 || getppid() != parent { return stop() }
        // Lets the main thread see that nothing has come for a while.
        pthread_kill(main, SIGUSR1)
      }
    }

    private func stop() {
      stopping.store(true, ordering: .relaxed)
      for _ in 0..<(stopMsMax / nudgeMs) {
        pthread_kill(main, SIGUSR1)
        usleep(UInt32(nudgeMs * 1000))
      }
      // The main thread is stuck; what it has not committed is undone by the store.
      _exit(1)
    }
  }
}
