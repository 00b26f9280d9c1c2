/// A range of times; both ends are exclusive, and nil for no limit.
public struct TimeRange: Equatable, Sendable {
  public var after: Timestamp?
  public var before: Timestamp?

  public init(after: Timestamp? = nil, before: Timestamp? = nil) {
    self.after = after
    self.before = before
  }

  func contains(_ time: Timestamp) -> Bool {
    (after.map { time > $0 } ?? true) && (before.map { time < $0 } ?? true)
  }
}
