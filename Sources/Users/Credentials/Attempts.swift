/// The number of consecutive failed sign-ins, and the time of the last one.
public struct Attempts: Equatable, Sendable {
  public let failures: Int
  public let last: Timestamp

  public init(failures: Int, last: Timestamp) {
    self.failures = failures
    self.last = last
  }

  /// After this many consecutive failures, the next try has to wait.
  public static let failuresBeforeWait = 5
  private static let waitMsMin: Int64 = 30_000
  private static let waitMsMax: Int64 = 15 * Lifetime.minuteMs
  /// After this long without a failure, all failures are forgotten.
  public static let memoryMs = Lifetime.dayMs

  public func failing(at now: Timestamp) -> Attempts {
    let isForgotten = last.adding(Self.memoryMs) <= now
    return Attempts(failures: isForgotten ? 1 : failures &+ 1, last: now)
  }

  /// How many seconds to wait before the next try: 30 after the fifth failure, twice as many after
  /// each further one, up to 15 minutes. nil for no wait. Also nil if the last failure is in the
  /// future, because the clock was set back: otherwise the account would stay locked until the
  /// clock caught up.
  public func waitSeconds(at now: Timestamp) -> Int? {
    guard failures >= Self.failuresBeforeWait else { return nil }
    let doublings = min(failures - Self.failuresBeforeWait, 10)
    let wait = min(Self.waitMsMin << Int64(doublings), Self.waitMsMax)
    let end = last.adding(wait)
    guard end > now, end <= now.adding(wait) else { return nil }
    return Int((end.milliseconds - now.milliseconds + 999) / 1000)
  }
}
