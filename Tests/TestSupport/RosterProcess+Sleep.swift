import Foundation

extension RosterProcess {
  /// How often the program has gone to sleep, which is also how often something woke it.
  public func sleepCount() throws -> Int {
    let text = try String(contentsOf: URL(filePath: "/proc/\(pid)/status"), encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") }
    guard let number = line?.split(separator: "\t").last, let count = Int(number) else {
      throw TestFailure("no voluntary_ctxt_switches in /proc/\(pid)/status")
    }
    return count
  }

  /// Waits until nothing has woken the program for 1.5 seconds; false if something always does.
  public func fallsAsleep(within seconds: Double = 20) throws -> Bool {
    let deadline = Deadline(seconds: seconds)
    var before = try sleepCount()
    while !deadline.isOver {
      usleep(1_500_000)
      let now = try sleepCount()
      if now == before { return true }
      before = now
    }
    return false
  }
}
