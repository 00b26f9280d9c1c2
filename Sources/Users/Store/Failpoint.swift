#if DEBUG
  internal import Glibc
  internal import Synchronization
#endif

/// Places where a debug build can be made to die, as if by kill -9, to test what is left then:
/// `ROSTER_FAILPOINT=NAME` or `NAME:N` for the N-th time that it is passed. Nothing in a release.
/// Those in between are in the file store, where every method passes them.
public enum Failpoint: String, CaseIterable, Sendable {
  case lockTaken = "lock_taken"
  case userWritten = "user_written"
  /// A password or a token was put in place or removed.
  case secretWritten = "secret_written"
  case eventWritten = "event_written"
  /// One entry of a bulk is done.
  case operationDone = "operation_done"
  case answerRemembered = "answer_remembered"
  case groupWritten = "group_written"
  case committed
  case lettersSent = "letters_sent"
  case repliesWritten = "replies_written"

  #if DEBUG
    private static let chosen: [Substring] =
      getenv("ROSTER_FAILPOINT").map {
        String(cString: $0).unicodeScalars.split(separator: ":").map { Substring($0) }
      } ?? []
    private static let passes = Passes()

    /// One thread passes them.
    private final class Passes: Sendable {
      let count = Atomic<Int>(0)
    }

    public static func hit(_ point: Failpoint) {
      guard chosen.first.map(String.init) == point.rawValue else { return }
      let wanted = chosen.count > 1 ? Int(chosen[1]) ?? 1 : 1
      let (_, count) = passes.count.add(1, ordering: .relaxed)
      if count == wanted { kill(getpid(), SIGKILL) }
    }
  #else
    @inlinable @inline(__always)
    public static func hit(_ point: Failpoint) {}
  #endif
}
