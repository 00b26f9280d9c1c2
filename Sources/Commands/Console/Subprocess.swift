import Contract
@preconcurrency import Glibc

/// A run of this same program as a child, with a fixed input and a time limit.
struct Subprocess {
  /// An empty pipe takes this many bytes without blocking (POSIX: PIPE_BUF): the input is written
  /// to it before the child starts.
  private static let inputBytesMax = 4096

  let output: [UInt8]
  let errors: [UInt8]
  /// nil for a child that had to be killed, or was ended by a signal.
  let exitStatus: Int32?
  let tookMs: Int

  /// nil if no child can be started; `errno` says why.
  init?(_ arguments: [String], input: [UInt8], timeoutMs: Int) {
    guard input.count <= Self.inputBytesMax, let stdin = Pipe(), let stdout = Pipe(),
      let stderr = Pipe()
    else { return nil }
    let start = Stopwatch.nowMs
    // The input fits into the pipe, so writing does not block. This process holds both ends, so
    // writing does not raise SIGPIPE.
    write(stdin.writeEnd, input, input.count)
    guard
      let child = Self.spawn(arguments, [stdin.readEnd, stdout.writeEnd, stderr.writeEnd])
    else { return nil }
    for end in [stdin.readEnd, stdin.writeEnd, stdout.writeEnd, stderr.writeEnd] { close(end) }
    var (output, errors) = (Stream(stdout.readEnd), Stream(stderr.readEnd))
    while output.isOpen || errors.isOpen, Stopwatch.nowMs < start + timeoutMs {
      var ends = [output.awaited, errors.awaited]
      poll(&ends, 2, Int32(start + timeoutMs - Stopwatch.nowMs))
      if ends[0].revents != 0 { output.take() }
      if ends[1].revents != 0 { errors.take() }
    }
    // The child normally ends when its output does. After the deadline, or if it only closed its
    // output, it is killed.
    kill(child, SIGKILL)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    tookMs = Stopwatch.nowMs - start
    exitStatus = status & 0x7F == 0 ? status >> 8 & 0xFF : nil
    self.output = output.bytes
    self.errors = errors.bytes
  }
}

extension Subprocess {
  /// Gives the child these three descriptors, and only what libpq needs of the environment: a token in
  /// it would be a credential.
  private static func spawn(_ arguments: [String], _ ends: [Int32]) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, end) in ends.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, end, Int32(number))
    }
    var words = (["roster"] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var environment: [UnsafeMutablePointer<CChar>?] = serverVariables + [nil]
    var child: pid_t = 0
    errno = posix_spawn(&child, Launch.program, &actions, nil, &words, &environment)
    return errno == 0 ? child : nil
  }

  /// The variables that say how a database server is reached: those of libpq, and the home folder, where
  /// its files are.
  private static var serverVariables: [UnsafeMutablePointer<CChar>] {
    var found: [UnsafeMutablePointer<CChar>] = []
    var next: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
    while let variable = next?.pointee {
      if strncmp(variable, "PG", 2) == 0 || strncmp(variable, "HOME=", 5) == 0 {
        found.append(variable)
      }
      next = next?.advanced(by: 1)
    }
    return found
  }

  /// A pipe that children do not inherit, except the ends given to them.
  private struct Pipe {
    let readEnd: Int32
    let writeEnd: Int32

    init?() {
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0 else { return nil }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      (readEnd, writeEnd) = (ends[0], ends[1])
    }
  }

  /// Collects the output of the child.
  private struct Stream {
    private static let readBytes = 1 << 16

    private(set) var bytes: [UInt8] = []
    private(set) var isOpen = true
    private let end: Int32

    init(_ end: Int32) { self.end = end }

    /// The descriptor for `poll`.
    var awaited: pollfd { pollfd(fd: isOpen ? end : -1, events: Int16(POLLIN), revents: 0) }

    mutating func take() {
      var chunk = [UInt8](repeating: 0, count: Self.readBytes)
      let count = read(end, &chunk, chunk.count)
      if count > 0 { bytes += chunk[..<count] }
      if count == 0 || (count < 0 && errno != EINTR) {
        isOpen = false
        close(end)
      }
    }
  }
}
