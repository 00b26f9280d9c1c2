internal import Contract
internal import Glibc
internal import Users

/// A commit whose answer was lost together with the connection: it may have been kept or not.
struct LostCommit {
  /// The revision before it.
  let before: Int64
  let stamp: Int64
  /// The number of its first event, if it has one.
  let firstEvent: Int64?

  private static let waitMsMax = 5000
  private static let pauseMicros: UInt32 = 100_000

  /// Finds out on a new connection whether the commit was kept; throws `.outcomeUnknown` if the server
  /// does not come back in time, or if nothing can tell.
  func isKept(_ connection: Connection, _ sql: Statements) throws(StoreError) -> Bool {
    let deadline = Stopwatch.nowMs + Self.waitMsMax
    repeat {
      do throws(StoreError) {
        let isKept = try lookUp(connection, sql, msMax: deadline - Stopwatch.nowMs)
        guard let isKept else { throw .outcomeUnknown }
        return isKept
      } catch .outcomeUnknown {
        throw .outcomeUnknown
      } catch {
        connection.close()
        usleep(Self.pauseMicros)
      }
    } while Stopwatch.nowMs < deadline
    throw .outcomeUnknown
  }

  /// Takes the lock, so that the lost transaction has ended; nil if nothing can tell.
  ///
  /// It ends with a commit of its own, which waits until the log is on the disk, and with a
  /// synchronous standby also there: so the lost commit is durable too.
  private func lookUp(
    _ connection: Connection, _ sql: Statements, msMax: Int
  ) throws(StoreError) -> Bool? {
    try connection.begin(sql.begin, hasLimits: true)
    try connection.queue(sql.lock)
    var values = Parameters()
    values.add(firstEvent ?? 0)
    values.add(stamp)
    try connection.queue(sql.lostEvent, values)
    let answers = try connection.trip(msMax: max(msMax, 1))
    guard answers.count == 2 else { throw .serverFailed("it gave no answer") }
    let directory = try Directory(answers[0])
    try connection.queue(sql.renew)
    try connection.queue("COMMIT")
    try connection.trip(isCommitting: true)
    if directory.revision <= before { return false }
    if directory.stamp == stamp || answers[1].count > 0 { return true }
    // Others have written since. The number of an event is given once.
    return firstEvent == nil ? nil : false
  }
}
