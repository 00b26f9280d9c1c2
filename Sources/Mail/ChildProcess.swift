internal import CLinux
internal import Contract
@preconcurrency internal import Glibc
internal import Synchronization

/// A process that this one started, in a process group of its own.
struct ChildProcess {
  /// How long to wait for the end of a killed process.
  private static let killedMsMax = 1000

  /// Processes that did not end when they were killed: they run as another user, or a disk does not
  /// respond.
  private static let leftovers = Mutex<[pid_t]>([])

  private let pid: pid_t

  /// Starts a program with `input` as its standard input, without standard output, and with this
  /// process's standard error. It inherits no other descriptor.
  init?(_ path: String, _ words: [String], input: Int32) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    if access("/dev/null", W_OK) == 0 {
      posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    } else {
      // A sandbox may have no devices.
      posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)
    var attributes = Self.freshSignals()
    defer { posix_spawnattr_destroy(&attributes) }
    var arguments = words.map { strdup($0) } + [nil]
    defer { for word in arguments { free(word) } }
    var pid: pid_t = 0
    guard posix_spawn(&pid, path, &actions, &attributes, &arguments, environ) == 0 else {
      return nil
    }
    self.pid = pid
  }

  init(pid: pid_t) { self.pid = pid }

  /// Default signal settings, and a new process group.
  private static func freshSignals() -> posix_spawnattr_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
    return attributes
  }

  /// The exit status in `waitpid`'s format: 0 is success. nil while the process runs.
  func exitStatus() -> Int32? {
    var status: Int32 = 0
    let found = waitpid(pid, &status, WNOHANG)
    if found == pid { return status }
    return found < 0 && errno != EINTR ? -1 : nil
  }

  /// Kills it and its whole process group.
  func kill() {
    Glibc.kill(-pid, SIGKILL)
    // It may have moved to another process group. Until it is reaped, no other process gets its id.
    Glibc.kill(pid, SIGKILL)
    reap(msMax: Self.killedMsMax)
  }

  /// Waits for its end, so that no zombie is left. If it has not ended after `msMax` milliseconds,
  /// `reapLeftovers` reaps it later.
  func reap(msMax: Int) {
    let end = Stopwatch.nowMs + msMax
    while exitStatus() == nil {
      if Stopwatch.nowMs >= end { return Self.leftovers.withLock { $0.append(pid) } }
      poll(nil, 0, 1)
    }
  }

  static func reapLeftovers() {
    leftovers.withLock { pids in pids.removeAll { ChildProcess(pid: $0).exitStatus() != nil } }
  }

  /// Runs a closure that needs the exit statuses of children. If this process inherited the setting
  /// to ignore SIGCHLD, `waitpid` would not report them.
  static func withExitStatuses<Result>(_ body: () -> Result) -> Result {
    var (action, old) = (sigaction(), sigaction())
    action.__sigaction_handler.sa_handler = SIG_DFL
    sigaction(SIGCHLD, &action, &old)
    defer { sigaction(SIGCHLD, &old, nil) }
    return body()
  }
}
