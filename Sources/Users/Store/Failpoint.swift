#if DEBUG
  internal import Contract
  internal import Glibc
  internal import Synchronization
#endif

/// Points at which a debug build can kill itself with SIGKILL, so that tests can check what a crash
/// leaves: `ROSTER_FAILPOINT=NAME`, or `NAME:N` for the N-th time that the point is passed. A
/// release build does nothing. The points from `lockTaken` to `committed`, except `operationDone`,
/// are in the file store, so that every method passes them.
public enum Failpoint: String, CaseIterable, Sendable {
  case lockTaken = "lock_taken"
  case userWritten = "user_written"
  /// A password or a token was written or removed.
  case secretWritten = "secret_written"
  case eventWritten = "event_written"
  /// One operation of a bulk is done.
  case operationDone = "operation_done"
  case answerRemembered = "answer_remembered"
  case transactionWritten = "transaction_written"
  case committed
  case lettersSent = "letters_sent"
  case repliesWritten = "replies_written"

  #if DEBUG
    private static let chosen: [String] =
      getenv("ROSTER_FAILPOINT").map { String(cString: $0).words(at: ":") } ?? []
    private static let passes = Passes()

    /// Only one thread passes failpoints.
    private final class Passes: Sendable {
      let count = Atomic<Int>(0)
    }

    public static func hit(_ point: Failpoint) {
      guard chosen.first == point.rawValue else { return }
      let wanted = chosen.count > 1 ? Int(chosen[1]) ?? 1 : 1
      let (_, count) = passes.count.add(1, ordering: .relaxed)
      if count == wanted { kill(getpid(), SIGKILL) }
    }
  #else
    @inlinable @inline(__always)
    public static func hit(_ point: Failpoint) {}
  #endif
}
