import Glibc

/// The time since its creation, and the share of it that the driver and the command computed.
///
/// Pinned together to one core, the two compute all the time unless they wait for a disk or a
/// timer, or other programs use the core. A small share shows that.
struct Stopwatch {
  private let begin: Int
  private let workAtBegin: Int
  private let childClock: clockid_t

  init(for child: Child) throws(Failure) {
    var clock = clockid_t()
    guard clock_getcpuclockid(child.pid, &clock) == 0 else {
      throw Failure("no clock for process \(child.pid)")
    }
    childClock = clock
    workAtBegin = Stopwatch.work(childClock)
    begin = nanoseconds(CLOCK_MONOTONIC)
  }

  /// Nanoseconds so far, and the share of them, 0 to 1, that the two computed.
  func lap() -> (nanoseconds: Double, share: Double) {
    let took = Double(nanoseconds(CLOCK_MONOTONIC) - begin)
    return (took, Double(Stopwatch.work(childClock) - workAtBegin) / took)
  }

  private static func work(_ childClock: clockid_t) -> Int {
    nanoseconds(CLOCK_PROCESS_CPUTIME_ID) + nanoseconds(childClock)
  }
}
