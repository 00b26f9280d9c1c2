import Glibc
import Synchronization

/// Both ends of a pipe; a child inherits neither unless it is passed to it.
public struct PipeEnds {
  public let readEnd: Int32
  public let writeEnd: Int32

  /// Held from the creation of a pipe until its ends are close-on-exec, and while a child is
  /// spawned: a child that inherits the pipe of another child would keep it open.
  static let spawning = Mutex(())

  public init() throws {
    let ends = try Self.spawning.withLock { _ in
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0 else { throw TestFailure.system("pipe") }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return ends
    }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }
}

/// The connection of a child's descriptor.
public enum ChildStream {
  /// A pipe between the child and the test.
  case pipe
  /// A descriptor that the test opens and closes.
  case descriptor(Int32)
  /// No connection: the descriptor is closed.
  case closed
}

/// How a process ended.
public enum ExitStatus: Equatable, Sendable {
  case exited(Int32)
  case signaled(Int32)

  init(_ status: Int32) {
    let signal = status & 0x7F
    self = signal == 0 ? .exited(status >> 8 & 0xFF) : .signaled(signal)
  }
}

/// The time at which a wait gives up.
struct Deadline {
  private let end: ContinuousClock.Instant

  init(seconds: Double) { end = .now + .seconds(seconds) }

  var isOver: Bool { ContinuousClock.now >= end }

  /// The remaining time as a timeout for `poll`, at most a minute.
  var milliseconds: Int32 {
    let left = (end - .now) / .milliseconds(1)
    return Int32(max(0, min(left.rounded(.up), 60_000)))
  }
}

enum Spawn {
  /// Starts a program with these three descriptors and no other descriptor of the test.
  static func run(
    _ path: String, _ arguments: [String], _ environment: [String: String], _ streams: [Int32?]
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, end) in streams.enumerated() {
      if let end {
        posix_spawn_file_actions_adddup2(&actions, end, Int32(number))
      } else {
        posix_spawn_file_actions_addclose(&actions, Int32(number))
      }
    }
    var attributes = defaultSignals()
    defer { posix_spawnattr_destroy(&attributes) }
    var words = ([path] + arguments).map { strdup($0) } + [nil]
    var settings = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var pid: pid_t = 0
    let code = PipeEnds.spawning.withLock { _ in
      posix_spawn(&pid, path, &actions, &attributes, &words, &settings)
    }
    guard code == 0 else {
      throw TestFailure("spawn \(path): \(String(cString: strerror(code)))")
    }
    return pid
  }

  /// A child starts with the signal settings of a shell, whatever signals the test ignores.
  private static func defaultSignals() -> posix_spawnattr_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGPIPE, SIGTERM, SIGINT, SIGUSR1] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    return attributes
  }
}
