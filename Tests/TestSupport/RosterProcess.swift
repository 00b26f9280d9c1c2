public import Foundation

/// A running program, by default `roster`, with pipes to it.
///
/// Every wait has a deadline in seconds, and throws after it. Every wait also reads standard error,
/// if that is a pipe.
public final class RosterProcess {
  /// Long enough for a busy machine; not a measure of speed.
  public static let patienceSeconds = 60.0

  public let pid: pid_t
  private var input: Int32?
  private var output: Int32?
  private var errors: Int32?
  private var status: ExitStatus?
  private var received: [UInt8] = []
  /// The offset in `received` of the next line.
  private var lineStart = 0
  /// The number of bytes of the latest write that the pipe had accepted when it stalled.
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

  /// A write to a program that has ended must fail with an error instead of ending the tests.
  private static let ignoresBrokenPipes: Void = { signal(SIGPIPE, SIG_IGN) }()

  // MARK: Writing

  /// Writes all bytes. Meanwhile replies are read, or left in the pipe.
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

  /// Writes as long as the program reads, without reading replies. Returns the number of bytes
  /// written.
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

  /// Sends one line and returns the next line of output.
  public func ask(_ line: String) throws -> String {
    try write(line + "\n")
    guard let reply = try readLine() else { throw TestFailure("no reply: \(errorText)") }
    return reply
  }

  /// Calls a method with params as JSON. Returns the text of the reply's result or error member.
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

  /// The next line without its line feed; nil at the end of the output.
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

  /// The next `count` bytes.
  public func readBytes(_ count: Int, within seconds: Double = patienceSeconds) throws -> [UInt8] {
    let deadline = Deadline(seconds: seconds)
    while received.count - lineStart < count {
      guard output != nil else { throw TestFailure("\(count) bytes were due: \(rest)") }
      try wait(forInput: false, takingReplies: true, deadline) { "\(count) bytes are due: \(rest)" }
    }
    defer { drop(upTo: lineStart + count) }
    return Array(received[lineStart..<lineStart + count])
  }

  /// Uses memchr, because a Swift loop over a hundred megabytes is slow in a debug build.
  private func lineFeed(from start: Int) -> Int? {
    received.withUnsafeBytes { bytes in
      guard start < bytes.count, let base = bytes.baseAddress,
        let found = memchr(base + start, 0x0A, bytes.count - start)
      else { return nil }
      return base.distance(to: found)
    }
  }

  /// The rest of the output, until the program closes it.
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
    // Done rarely, because it moves the rest: a reader of many megabytes must stay fast.
    guard lineStart > received.count / 2 else { return }
    received.removeFirst(lineStart)
    lineStart = 0
  }

  /// Waits until a pipe is ready, and reads what has arrived.
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

  /// Reads once; false at the end.
  private func take(_ end: Int32, _ body: (ArraySlice<UInt8>) -> Void) -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(end, &chunk, chunk.count)
    if count > 0 { body(chunk[..<count]) }
    return count > 0 || (count < 0 && errno == EAGAIN)
  }

  // MARK: The process

  /// Waits for the program to end; its output stays in the pipe.
  public func waitForExit(within seconds: Double = patienceSeconds) throws -> ExitStatus {
    let deadline = Deadline(seconds: seconds)
    while true {
      if let status { return status }
      if let ended = try reap() {
        // Text that it wrote before it ended is still in the pipe.
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

  /// A field of /proc/PID/status, in KiB: `VmHWM` is the program's peak resident memory.
  public func memoryKib(_ name: String = "VmHWM") throws -> Int {
    let text = try String(contentsOf: URL(filePath: "/proc/\(pid)/status"), encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    guard let number = line?.split(separator: " ").dropFirst().first, let kib = Int(number) else {
      throw TestFailure("no \(name) in /proc/\(pid)/status")
    }
    return kib
  }

  /// Waits until the program has used no CPU time for 0.1 seconds.
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

  /// The CPU time of the program, in seconds.
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

/// The program reads no more input.
private struct Stalled: Error, CustomStringConvertible {
  let description: String
}

/// One of a child's three descriptors: the child's side and the test's.
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

/// The result of a command that has ended.
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

/// Runs `roster` with these arguments, and waits for its end.
public func roster(
  _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:]
) throws -> CommandResult {
  let process = try RosterProcess(arguments, environment: environment)
  // A command that does not read its input may end before all of it is written.
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
