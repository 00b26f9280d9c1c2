internal import CLinux
internal import Contract
internal import Glibc

/// The connection to a client: requests come in on one descriptor, replies leave on the other.
///
/// Reading blocks. Writing never blocks, and does not make the descriptor non-blocking, because
/// other processes may share it.
public struct Channel {
  enum Input {
    case bytes(Int)
    /// Replies can be written again.
    case writable
    /// No input came for a while, or the store may have new events.
    case idle
    case end
    /// The process was asked to stop.
    case stop
    /// Reading fails, with this error number.
    case failed(Int32)
  }

  enum Output {
    case bytes(Int)
    case wouldBlock
    /// The reader is gone.
    case gone
    /// Writing fails, with this error number.
    case failed(Int32)
  }

  /// What a wait is for.
  struct Wait {
    var input = true
    /// Room for replies.
    var output = false
    /// A descriptor of the store, or -1.
    var signal: Int32 = -1
    var msMax: Int?
    /// Whether nothing has happened for a while: the process sleeps without the timer.
    var isLong = false
  }

  private enum Kind { case pipe, socket, other }

  /// At the end of input, pending replies are dropped when the reader takes nothing for this long.
  private static let stalledReaderMs = 3000
  /// The same limit after the process was asked to stop.
  private static let stoppingReaderMs = 1000
  /// The largest pipe that an unprivileged user may ask for by default
  /// (/proc/sys/fs/pipe-max-size); a new pipe has 64 KiB.
  private static let pipeBytesWanted: Int32 = 1 << 20

  /// A pipe that polls as writable takes this many bytes without blocking (POSIX: PIPE_BUF).
  private static let pipeBytes = 4096

  private let input: Int32
  private let output: Int32
  private let kind: Kind

  public init(input: Int32, output: Int32) {
    self.input = input
    self.output = output
    var facts = stat()
    fstat(output, &facts)
    // A larger pipe holds more requests for one read, so that one commit can cover more of them.
    roster_widen_pipe(input, Self.pipeBytesWanted)
    switch facts.st_mode & S_IFMT {
    case S_IFIFO: kind = .pipe
    case S_IFSOCK: kind = .socket
    default: kind = .other
    }
  }

  /// Opens /dev/null on each of the descriptors 0 to 2 that is closed, so that no other file gets
  /// its number.
  public static func fillStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // `open` returns the lowest free number, which is this one: those below it are open by now.
      // Standard output is opened only for reading, so that writing to it still fails.
      _ = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Takes over standard input and output: later prints to descriptor 1 go to standard error. nil
  /// if standard output is not open for writing.
  public static func standard() -> Channel? {
    if fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE == O_RDONLY { return nil }
    let output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
    guard output >= 0, dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else { return nil }
    return Channel(input: STDIN_FILENO, output: output)
  }

  func read(into space: UnsafeMutableBufferPointer<UInt8>) -> Input {
    if ShutdownSignal.isStopping { return .stop }
    let count = Glibc.read(input, space.baseAddress, space.count)
    if count > 0 { return .bytes(count) }
    if count < 0, errno == EINTR { return ShutdownSignal.isEnding() ? .stop : .idle }
    if count < 0, errno == EAGAIN { return waitForInput() }
    return count == 0 || errno == ECONNRESET ? .end : .failed(errno)
  }

  /// Waits for input on a descriptor that another process made non-blocking.
  private func waitForInput() -> Input {
    var ready = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
    _ = poll(&ready, 1, -1)
    return ShutdownSignal.isEnding() ? .stop : .idle
  }

  /// Waits for input, for room for replies, or for a signal of the store, as far as they are
  /// wanted. nil means that there is input.
  func wait(_ wait: Wait) -> Input? {
    var ends = [
      pollfd(fd: wait.input ? input : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wait.output ? output : -1, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: wait.signal, events: Int16(POLLIN), revents: 0),
    ]
    if wait.isLong {
      ShutdownSignal.sleep(until: &ends, msMax: wait.msMax)
    } else if poll(&ends, nfds_t(ends.count), Int32(wait.msMax ?? -1)) < 0 {
      return ShutdownSignal.isEnding() ? .stop : .idle
    }
    if ShutdownSignal.isStopping { return .stop }
    if ends[0].revents != 0 { return nil }
    if ends[1].revents != 0 { return .writable }
    return ShutdownSignal.isEnding() ? .stop : .idle
  }

  /// Waits until the reader takes something; false if it takes nothing for too long.
  func waitForReader() -> Bool {
    let start = Stopwatch.nowMs
    var ready = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
    while true {
      let patience = ShutdownSignal.isStopping ? Self.stoppingReaderMs : Self.stalledReaderMs
      let code = poll(&ready, 1, Int32(max(0, start + patience - Stopwatch.nowMs)))
      if code >= 0 || errno != EINTR { return code > 0 }
    }
  }

  func write(_ bytes: UnsafeBufferPointer<UInt8>) -> Output {
    let count = writeNow(bytes)
    if count >= 0 { return .bytes(count) }
    switch errno {
    case EAGAIN, EINTR: return .wouldBlock
    case EOPNOTSUPP: return writeAfterPoll(bytes)
    default: return Self.failure
    }
  }

  private func writeNow(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    switch kind {
    case .pipe:
      return roster_write_now(output, bytes.baseAddress, bytes.count)
    case .socket:
      return send(output, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT))
    case .other:
      return Glibc.write(output, bytes.baseAddress, bytes.count)
    }
  }

  /// For kernels that lack RWF_NOWAIT on pipes.
  private func writeAfterPoll(_ bytes: UnsafeBufferPointer<UInt8>) -> Output {
    var ready = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
    guard poll(&ready, 1, 0) == 1 else { return .wouldBlock }
    let count = Glibc.write(output, bytes.baseAddress, min(bytes.count, Self.pipeBytes))
    if count >= 0 { return .bytes(count) }
    return errno == EAGAIN || errno == EINTR ? .wouldBlock : Self.failure
  }

  private static var failure: Output {
    errno == EPIPE || errno == ECONNRESET ? .gone : .failed(errno)
  }
}
