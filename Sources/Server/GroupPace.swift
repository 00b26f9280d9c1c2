internal import Contract

/// When a group of requests ends though more have come in: by time, while other processes wait for the
/// store or replies wait to leave.
struct GroupPace {
  /// How long a group goes on. Its replies leave when it ends, and so does its hold of the store.
  private static let msMax = 50
  /// How long a group that writes goes on before it looks for others who wait to.
  private static let msBetweenLooks = 10
  /// The clock is not looked at after each request that takes a microsecond.
  private static let requestsBetweenLooks = 16

  private var startMs = 0
  private var lookedMs = 0
  private var requestCount = 0
  /// Set after a request that may have taken long.
  var isLookDue = false

  mutating func begin() {
    startMs = Stopwatch.roughlyMs
    lookedMs = startMs
    requestCount = 0
    isLookDue = false
  }

  /// To be asked before each further request.
  mutating func isOver(isWriting: Bool, isAwaited: @autoclosure () -> Bool) -> Bool {
    requestCount &+= 1
    guard isLookDue || requestCount % Self.requestsBetweenLooks == 0 else { return false }
    isLookDue = false
    let now = Stopwatch.roughlyMs
    if now - startMs >= Self.msMax { return true }
    guard isWriting, now - lookedMs >= Self.msBetweenLooks else { return false }
    lookedMs = now
    return isAwaited()
  }
}
