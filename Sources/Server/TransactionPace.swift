internal import Contract

/// Decides when a transaction ends though more requests have come in, because other processes wait
/// for the store or replies wait to leave.
struct TransactionPace {
  /// How long a transaction may take. At its end, its replies leave and others can write.
  private static let msMax = 50
  /// How long a writing transaction goes on before it checks for waiting writers.
  private static let msBetweenLooks = 10
  /// A request may take only a microsecond, so the clock is not read after each.
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

  /// Must be called once before each further request.
  mutating func isOver(isWriting: Bool, hasWaitingWriter: @autoclosure () -> Bool) -> Bool {
    requestCount &+= 1
    guard isLookDue || requestCount % Self.requestsBetweenLooks == 0 else { return false }
    isLookDue = false
    let now = Stopwatch.roughlyMs
    if now - startMs >= Self.msMax { return true }
    guard isWriting, now - lookedMs >= Self.msBetweenLooks else { return false }
    lookedMs = now
    return hasWaitingWriter()
  }
}
