internal import Contract
internal import Glibc
internal import JSON
internal import Synchronization
internal import Users

/// Diagnostics on standard error. They hold no params, secrets or raw lines, and never block.
///
/// `ROSTER_LOG` is the level: `info` for a line about each request, the start, the end and long
/// waits for the lock; `debug` for more. Without it, only errors are written. A message that would
/// block is dropped.
public enum Log {
  private enum Level: String { case info, debug }

  private static let level = getenv("ROSTER_LOG").flatMap {
    Level(rawValue: String(cString: $0).lowercased())
  }
  private static let isJSON = Atomic<Bool>(false)

  /// Whether requests are logged.
  public static var isInfo: Bool { level != nil }

  /// Writes every line as a JSON object from now on.
  public static func useJSON() { isJSON.store(true, ordering: .relaxed) }

  public static func debug(_ message: @autoclosure () -> String) {
    if level == .debug { write("debug", message()) }
  }

  public static func info(_ message: @autoclosure () -> String) {
    if isInfo { write("info", message()) }
  }

  public static func error(_ message: String) { write("error", message) }

  /// A request that was answered.
  struct Request {
    let method: String
    /// `ok`, or the code and the reason of the error.
    let outcome: String
    /// The time until its reply was written; the commit follows.
    let micros: Int
    let callerID: UserID?
  }

  static func requests(_ requests: [Request]) {
    for request in requests { write(request) }
  }

  private static func write(_ request: Request) {
    let thousandths = String(1000 + request.micros % 1000).dropFirst()
    let ms = "\(request.micros / 1000).\(thousandths)"
    let caller = request.callerID?.text
    let text =
      "\(request.method) \(request.outcome) \(ms) ms" + (caller.map { " caller=\($0)" } ?? "")
    write("info", text) { out in
      let fields = [
        ("method", request.method), ("outcome", request.outcome), ("caller_id", caller),
      ]
      for (name, value) in fields {
        guard let value else { continue }
        out.field(name)
        out.write(value)
      }
      out.field("ms")
      out.append(text: ms)
    }
  }

  /// The name of a protocol method. Other names come from the client, and are not logged.
  static func known(_ name: JSONValue) -> String {
    let text = name.string ?? ""
    let names = [
      "initialize", "initialized", "shutdown", "exit", "ping", "server/discover", "tools/list",
      "tools/call",
    ]
    return names.contains(text) ? text : "unknown_method"
  }

  private static func write(
    _ level: String, _ message: String, _ fields: ((inout ByteBuffer) -> Void)? = nil
  ) {
    var line = level == "info" || level == "debug" ? "roster: \(level): " : "roster: "
    line += message
    if isJSON.load(ordering: .relaxed) {
      var out = ByteBuffer()
      out.append("{")
      out.field("time")
      Timestamp.now.write(into: &out)
      out.field("level")
      out.write(level)
      if let fields {
        fields(&out)
      } else {
        out.field("message")
        out.write(message)
      }
      out.append("}")
      line = out.string
    }
    send(line + "\n")
  }

  private static func send(_ line: String) {
    var ready = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    guard poll(&ready, 1, 0) == 1, ready.revents & Int16(POLLOUT) != 0 else { return }
    // A pipe that can be written to takes PIPE_BUF (4,096) bytes without blocking.
    let bytes = Array(line.utf8.prefix(4096))
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}
