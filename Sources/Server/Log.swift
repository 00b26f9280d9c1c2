internal import Glibc

/// Diagnostics on standard error. They hold no params, secrets or raw lines, and never block.
///
/// Quiet unless `ROSTER_LOG` is `debug`. A message that would block is dropped.
public enum Log {
  private static let isVerbose =
    getenv("ROSTER_LOG").map { String(cString: $0) == "debug" } ?? false

  public static func debug(_ message: @autoclosure () -> String) {
    if isVerbose { write("debug: \(message())\n") }
  }

  public static func error(_ message: String) { write("\(message)\n") }

  private static func write(_ message: String) {
    var ready = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    guard poll(&ready, 1, 0) == 1, ready.revents & Int16(POLLOUT) != 0 else { return }
    // A pipe that can be written to takes PIPE_BUF (4,096) bytes without blocking.
    let bytes = Array("roster: \(message)".utf8.prefix(4096))
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}
