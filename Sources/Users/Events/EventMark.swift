/// The latest event of a store; `seq` is 0 if there is none.
public struct EventMark: Equatable, Sendable {
  public let seq: Int64
  public let at: Timestamp

  public init(seq: Int64, at: Timestamp) {
    self.seq = seq
    self.at = at
  }

  /// The sequence number of the next event. Throws if a damaged file leaves no number for it.
  public var next: Int64 {
    get throws(StoreError) {
      if seq == .max { throw .corrupt("its feed has no sequence number left") }
      return seq + 1
    }
  }

  public static let none = EventMark(seq: 0, at: Timestamp(milliseconds: 0))
}
