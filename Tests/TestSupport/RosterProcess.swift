public import Foundation

/// A running program, `roster` unless another is named, with pipes to it.
///
/// Every wait has a deadline, in seconds, and throws when it passes. What the program writes to
/// standard error is taken whenever something is waited for, unless it is not a pipe.
public final class RosterProcess {
  /// Long enough for a busy machine; no test measures time by it.
  public static let patienceSeconds = 60.0

  public let pid: pid_t
  private var input: Int32?
  private var output: Int32?
  private var errors: Int32?
  private var status: ExitStatus?
  private var received: [UInt8] = []
  /// Where in `received` the next line starts.
  private var lineStart = 0
  /// How much of the latest write was taken when it stalled.
  private var partlyWritten = 0
  /// All of standard error so far.
  public private(set) var errorText = ""

  public init(
    _ arguments: [String], program: String = RosterBinary.path,
    environment: [String: String] = [:], input: ChildStream = .pipe, output: ChildStream = .pipe,
    errors: ChildStream = .pipe
  ) throws {
    _ = Self.ignoresBrokenPipes
    let ends = try (End(input, isInput: true), End(output), End(errors))
    defer { for end in [ends.0, ends.1, ends.2] { end.closeChildSide() } }
    pid = try Spawn.run(
      program, arguments, environment, [ends.0.child, ends.1.child, ends.2.child])
    (self.input, self.output, self.errors) = (ends.0.own, ends.1.own, ends.2.own)
    for end in [ends.0.own, ends.1.own, ends.2.own] {
      if let end { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    }
  }

  deinit {
    for end in [input, output, errors] { if let end { close(end) } }
    if status == nil {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
  }

  /// A program that is gone must show up as an error, not end the tests.
  private static let ignoresBrokenPipes: Void = { signal(SIGPIPE, SIG_IGN) }()

  // MARK: Writing

  /// Writes all of it. Replies are taken meanwhile, or left where they are.
  public func write(
    _ bytes: [UInt8], takingReplies: Bool = true, within seconds: Double = patienceSeconds
  ) throws {
    var written = 0
    let deadline = Deadline(seconds: seconds)
    while written < bytes.count {
      guard let input else { throw TestFailure("the input is closed") }
      let count = bytes[written...].withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
      if count > 0 {
        written += count
      } else if errno == EAGAIN {
        if deadline.isOver {
          throw Stalled(description: "the program took only \(written) of \(bytes.count) bytes")
        }
        partlyWritten = written
        try wait(forInput: true, takingReplies: takingReplies, deadline) { "the input is full" }
      } else {
        throw TestFailure.system("write")
      }
    }
  }

  /// Writes for as long as the program takes bytes, and takes no replies; says how many it took.
  public func writeWhileTaken(_ bytes: [UInt8], stalledSeconds: Double) throws -> Int {
    var written = 0
    while written < bytes.count {
      do {
        let end = min(written + 4096, bytes.count)
        try write(Array(bytes[written..<end]), takingReplies: false, within: stalledSeconds)
        written = end
      } catch is Stalled {
        return written + partlyWritten
      }
    }
    return written
  }

  public func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Sends one line, and gives the line that comes back.
  public func ask(_ line: String) throws -> String {
    try write(line + "\n")
    guard let reply = try readLine() else { throw TestFailure("no reply: \(errorText)") }
    return reply
  }

  /// Calls a method with params as JSON, and gives the reply's text from its result or error on.
  public func call(_ method: String, _ params: String = "{}") throws -> String {
    let start = #"{"jsonrpc":"2.0","id":1,"#
    let reply = try ask(start + #""method":"\#(method)","params":\#(params)}"#)
    guard reply.hasPrefix(start) else { throw TestFailure("not a reply to 1: \(reply)") }
    return String(reply.dropFirst(start.count).dropLast())
  }

  public func closeInput() {
    if let input { close(input) }
    input = nil
  }

  public func closeOutput() {
    if let output { close(output) }
    output = nil
  }

  public func send(signal: Int32) { kill(pid, signal) }

  // MARK: Reading

  /// The next line without its line feed; nil at the end.
  public func readLine(within seconds: Double = patienceSeconds) throws -> String? {
    let deadline = Deadline(seconds: seconds)
    var scanned = lineStart
    while true {
      if let end = lineFeed(from: scanned) {
        defer { drop(upTo: end + 1) }
        return String(decoding: received[lineStart..<end], as: UTF8.self)
      }
      scanned = received.count
      guard output != nil else {
        guard lineStart < received.count else { return nil }
        throw TestFailure("the last line has no line feed: \(rest)")
      }
      try wait(forInput: false, takingReplies: true, deadline) { "no line came; so far: \(rest)" }
    }
  }

  /// The next so many bytes.
  public func readBytes(_ count: Int, within seconds: Double = patienceSeconds) throws -> [UInt8] {
    let deadline = Deadline(seconds: seconds)
    while received.count - lineStart < count {
      guard output != nil else { throw TestFailure("\(count) bytes were due: \(rest)") }
      try wait(forInput: false, takingReplies: true, deadline) { "\(count) bytes are due: \(rest)" }
    }
    defer { drop(upTo: lineStart + count) }
    return Array(received[lineStart..<lineStart + count])
  }

  /// Searched by the library: in a debug build Swift takes its time for a hundred megabytes.
  private func lineFeed(from start: Int) -> Int? {
    received.withUnsafeBytes { bytes in
      guard start < bytes.count, let base = bytes.baseAddress,
        let found = memchr(base + start, 0x0A, bytes.count - start)
      else { return nil }
      return base.distance(to: found)
    }
  }

  /// All that is still to come, until the program closes its output.
  public func readToEnd(within seconds: Double = patienceSeconds) throws -> [UInt8] {
    let deadline = Deadline(seconds: seconds)
    while output != nil {
      try wait(forInput: false, takingReplies: true, deadline) { "the output stays open" }
    }
    defer { drop(upTo: received.count) }
    return Array(received[lineStart...])
  }

  private var rest: String { String(decoding: received[lineStart...].prefix(1000), as: UTF8.self) }

  private func drop(upTo end: Int) {
    lineStart = end
    // Seldom, so that a reader of many megabytes does not fall behind.
    guard lineStart > received.count / 2 else { return }
    received.removeFirst(lineStart)
    lineStart = 0
  }

  /// Waits until something moves, and takes what has come.
  private func wait(
    forInput: Bool, takingReplies: Bool, _ deadline: Deadline, _ what: () -> String
  ) throws {
    if deadline.isOver, !forInput { throw TestFailure("time is up: \(what()) \(errorText)") }
    var ends = [
      pollfd(fd: forInput ? input ?? -1 : -1, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: takingReplies ? output ?? -1 : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: errors ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    if poll(&ends, 3, deadline.milliseconds) < 0, errno != EINTR {
      throw TestFailure.system("poll")
    }
    if ends[1].revents != 0, let end = output, !take(end, { received += $0 }) {
      close(end)
      output = nil
    }
    if ends[2].revents != 0, let end = errors {
      if !take(end, { errorText += String(decoding: $0, as: UTF8.self) }) {
        close(end)
        errors = nil
      }
    }
  }

  /// False at the end.
  private func take(_ end: Int32, _ body: (ArraySlice<UInt8>) -> Void) -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(end, &chunk, chunk.count)
    if count > 0 { body(chunk[..<count]) }
    return count > 0 || (count < 0 && errno == EAGAIN)
  }

  // MARK: The process

  /// Waits for the program to end; its output is left where it is.
  public func waitForExit(within seconds: Double = patienceSeconds) throws -> ExitStatus {
    let deadline = Deadline(seconds: seconds)
    while true {
      if let status { return status }
      if let ended = try reap() {
        // What it wrote before it went is still in the pipe.
        while let errors, take(errors, { errorText += String(decoding: $0, as: UTF8.self) }) {
          if !isReadable(errors) { break }
        }
        status = ended
        return ended
      }
      guard !deadline.isOver else { throw TestFailure("the program does not end: \(errorText)") }
      usleep(2000)
    }
  }

  private func isReadable(_ end: Int32) -> Bool {
    var ready = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
    return poll(&ready, 1, 0) == 1
  }

  private func reap() throws -> ExitStatus? {
    var code: Int32 = 0
    let ended = waitpid(pid, &code, WNOHANG)
    if ended < 0 { throw TestFailure.system("waitpid") }
    return ended == pid ? ExitStatus(code) : nil
  }

  /// A line of /proc/PID/status, in KiB: `VmHWM` is the most memory that the program had.
  public func memoryKib(_ name: String = "VmHWM") throws -> Int {
    let text = try String(contentsOf: URL(filePath: "/proc/\(pid)/status"), encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    guard let number = line?.split(separator: " ").dropFirst().first, let kib = Int(number) else {
      throw TestFailure("no \(name) in /proc/\(pid)/status")
    }
    return kib
  }

  /// Waits until the program computes nothing for a while.
  public func waitUntilIdle(within seconds: Double = patienceSeconds) throws {
    let deadline = Deadline(seconds: seconds)
    var before = -1.0
    while true {
      let now = try cpuSeconds()
      if now == before { return }
      guard !deadline.isOver else { throw TestFailure("the program is never idle") }
      before = now
      usleep(100_000)
    }
  }

  /// How long the program has been computing, in seconds.
  public func cpuSeconds() throws -> Double {
    let text = try String(contentsOf: URL(filePath: "/proc/\(pid)/stat"), encoding: .utf8)
    // The name in parentheses may hold spaces; user and system time are the 14th and 15th field.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
      throw TestFailure("no times in /proc/\(pid)/stat")
    }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}

/// A program that takes no more input.
private struct Stalled: Error, CustomStringConvertible {
  let description: String
}

/// One of a child's three descriptors: its side, and the test's.
private struct End {
  let child: Int32?
  let own: Int32?
  private let isOwned: Bool

  init(_ stream: ChildStream, isInput: Bool = false) throws {
    switch stream {
    case .pipe:
      let pipe = try PipeEnds()
      child = isInput ? pipe.readEnd : pipe.writeEnd
      own = isInput ? pipe.writeEnd : pipe.readEnd
      isOwned = true
    case .descriptor(let end):
      (child, own, isOwned) = (end, nil, false)
    case .closed:
      (child, own, isOwned) = (nil, nil, false)
    }
  }

  func closeChildSide() {
    if isOwned, let child { close(child) }
  }
}

/// What a command that ran to its end left behind.
public struct CommandResult {
  public let status: ExitStatus
  public let output: [UInt8]
  public let errors: String

  public init(status: ExitStatus, output: [UInt8], errors: String) {
    self.status = status
    self.output = output
    self.errors = errors
  }

  public var text: String { String(decoding: output, as: UTF8.self) }
  public var lines: [String] { text.split(separator: "\n").map(String.init) }
}

/// Runs `roster` with these arguments to its end.
public func roster(
  _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:]
) throws -> CommandResult {
  let process = try RosterProcess(arguments, environment: environment)
  // A command that does not read its input may be gone before all is written.
  do { try process.write(input) } catch { if input.isEmpty { throw error } }
  process.closeInput()
  let output = try process.readToEnd()
  let status = try process.waitForExit()
  return CommandResult(status: status, output: output, errors: process.errorText)
}

public func roster(
  _ arguments: String..., input: [UInt8] = [], environment: [String: String] = [:]
) throws -> CommandResult {
  try roster(arguments, input: input, environment: environment)
}
