internal import Glibc

/// Clocks that can't be set, in milliseconds from an arbitrary start.
public enum Stopwatch {
  public static var nowMs: Int { read(CLOCK_MONOTONIC) }

  /// In microseconds.
  public static var nowMicros: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
  }

  /// Accurate to a few milliseconds, at a third of the cost.
  public static var roughlyMs: Int { read(CLOCK_MONOTONIC_COARSE) }

  /// Includes the time for which the machine was suspended.
  public static var withSleepMs: Int { read(CLOCK_BOOTTIME) }

  private static func read(_ clock: clockid_t) -> Int {
    var time = timespec()
    clock_gettime(clock, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
