/// The latest event of a store; 0 if there is none.
public struct EventMark: Equatable, Sendable {
  public let seq: Int64
  public let at: Timestamp

  public init(seq: Int64, at: Timestamp) {
    self.seq = seq
    self.at = at
  }

  /// The number of the event that follows. A file can claim that there is none.
  public var next: Int64 {
    get throws(StoreError) {
      if seq == .max { throw .corrupt("its feed has no number left") }
      return seq + 1
    }
  }

  public static let none = EventMark(seq: 0, at: Timestamp(milliseconds: 0))
}
