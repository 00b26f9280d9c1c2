internal import Glibc

/// A clock that nobody sets, in milliseconds from some moment on.
public enum Stopwatch {
  public static var nowMs: Int { read(CLOCK_MONOTONIC) }

  /// To a few milliseconds, for a third of the time that looking costs.
  public static var roughlyMs: Int { read(CLOCK_MONOTONIC_COARSE) }

  /// With the time in which the machine slept.
  public static var withSleepMs: Int { read(CLOCK_BOOTTIME) }

  private static func read(_ clock: clockid_t) -> Int {
    var time = timespec()
    clock_gettime(clock, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
