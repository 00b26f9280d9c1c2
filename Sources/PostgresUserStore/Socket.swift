internal import Contract
internal import Glibc

/// Waits for sockets.
enum Socket {
  /// Waits until the socket is ready for one of the events of `poll`; false after the deadline, in
  /// milliseconds of `Stopwatch`.
  static func wait(_ socket: Int32, for events: Int32, until deadline: Int) -> Bool {
    var entry = pollfd(fd: socket, events: Int16(events), revents: 0)
    while true {
      let left = deadline - Stopwatch.nowMs
      if left <= 0 { return false }
      let ready = poll(&entry, 1, Int32(clamping: left))
      if ready > 0 { return true }
      if ready < 0, errno != EINTR { return false }
    }
  }
}
