internal import CLinux
internal import Contract
internal import Glibc

/// A program that takes a letter on its standard input and reports success by its exit status.
struct Program: Sendable {
  private let path: String
  private let words: [String]

  init(_ command: String) throws(MailError) {
    words = command.words(at: " ")
    guard let word = words.first else {
      throw MailError(
        "--mail sendmail: does not name a program", "Write sendmail:COMMAND, or sendmail.")
    }
    let searched = getenv("PATH").map { String(cString: $0) } ?? ""
    guard let path = Self.path(of: word, in: searched) else {
      if word.holds("/") {
        throw MailError(
          "--mail names \(word), which can't be executed",
          "Check its path and permissions.")
      }
      throw MailError(
        "--mail needs \(word), which is neither in PATH nor in /usr/sbin or /usr/lib",
        "Install it, or give its path: --mail sendmail:/path/to/\(word)")
    }
    self.path = path
  }

  /// Searches as a shell does, and then in the folders of sendmail, which are seldom in PATH.
  static func path(of word: String, in searched: String) -> String? {
    if word.holds("/") { return isProgram(word) ? word : nil }
    let folders = searched.words(at: ":") + ["/usr/sbin", "/usr/lib"]
    return folders.map { "\($0)/\(word)" }.first(where: isProgram)
  }

  private static func isProgram(_ path: String) -> Bool {
    var facts = stat()
    return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
  }

  /// Returns false unless the program took all of the input and exited with status 0 within `msMax`
  /// milliseconds.
  ///
  /// After that time it is killed with its process group; `isStopping` shortens the time. A program
  /// that succeeded may leave others running, as sendmail does to deliver.
  func run(_ input: [UInt8], msMax: Int, _ isStopping: () -> Bool) -> Bool {
    if isStopping() { return false }
    ChildProcess.reapLeftovers()
    return ChildProcess.withExitStatuses {
      guard var pipe = InputPipe(input) else { return false }
      defer { pipe.close() }
      pipe.write()
      guard let child = ChildProcess(path, words, input: pipe.readEnd) else { return false }
      var wait = Deadline(msMax: msMax)
      while true {
        pipe.write()
        if let status = child.exitStatus() { return status == 0 && pipe.isWritten }
        guard let ms = wait.next(isStopping: isStopping()) else { break }
        pipe.wait(ms)
      }
      child.kill()
      return false
    }
  }
}

/// How long to wait in all, and between checks. In milliseconds.
private struct Deadline {
  /// The time that a program has left after this process was asked to stop.
  private static let stoppingMsMax = 1000
  private static let stepMsMax = 50

  private var end: Int
  private var stepMs = 1
  private var isStopping = false

  init(msMax: Int) { end = Stopwatch.nowMs + msMax }

  /// How long to wait for the next check; nil after the deadline.
  mutating func next(isStopping: Bool) -> Int32? {
    let now = Stopwatch.nowMs
    if isStopping, !self.isStopping {
      self.isStopping = true
      end = min(end, now + Self.stoppingMsMax)
    }
    if now >= end { return nil }
    defer { stepMs = min(stepMs * 2, Self.stepMsMax) }
    return Int32(min(stepMs, end - now))
  }
}

/// A pipe with the input of a program. Writing to it never blocks, because the write end is
/// non-blocking, and never raises SIGPIPE, because this process holds both ends.
private struct InputPipe {
  let readEnd: Int32
  private var writeEnd: Int32
  private var rest: ArraySlice<UInt8>

  /// Whether all of it was written.
  var isWritten: Bool { rest.isEmpty }

  init?(_ input: [UInt8]) {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { return nil }
    (readEnd, writeEnd, rest) = (ends[0], ends[1], input[...])
    _ = fcntl(writeEnd, F_SETFL, O_NONBLOCK)
  }

  /// Writes as much as fits, and closes the pipe after the last byte.
  mutating func write() {
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(writeEnd, $0.baseAddress, $0.count) }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
    if writeEnd >= 0 { Glibc.close(writeEnd) }
    writeEnd = -1
  }

  /// Waits until there is room, at most `ms` milliseconds. A signal may end the wait earlier.
  func wait(_ ms: Int32) {
    var room = pollfd(fd: writeEnd, events: Int16(POLLOUT), revents: 0)
    poll(&room, 1, ms)
  }

  func close() {
    Glibc.close(readEnd)
    if writeEnd >= 0 { Glibc.close(writeEnd) }
  }
}
