internal import Secrets

/// Makes ids. Those of `next` always increase, even if the clock is set back. The caller must have
/// checked that ids exist for the time (`UserID.holds`).
public struct UserIDGenerator {
  private static let refillByteCount = 4096

  private var lastKey: Int64 = 0
  private var random: [UInt8] = []

  public init() {}

  public mutating func next(at now: Timestamp) -> UserID {
    let bits = randomBits()
    // The top bit of the order stays 0, which leaves room to count up within a millisecond.
    let fresh = now.milliseconds << Int64(UserID.orderBits) | (bits.0 & 0xF_FFFF)
    lastKey = max(fresh, lastKey + 1)
    return UserID(key: lastKey, tail: bits.1)
  }

  /// An id for an account that was created at `time`, which may be long ago.
  public mutating func past(at time: Timestamp) -> UserID {
    let bits = randomBits()
    return UserID(
      key: time.milliseconds << Int64(UserID.orderBits) | (bits.0 & 0x1F_FFFF), tail: bits.1)
  }

  private mutating func randomBits() -> (Int64, Int64) {
    if random.count < 16 { random = randomBytes(Self.refillByteCount) }
    var words: (UInt64, UInt64) = (0, 0)
    for _ in 0..<8 {
      words.0 = words.0 << 8 | UInt64(random.removeLast())
      words.1 = words.1 << 8 | UInt64(random.removeLast())
    }
    return (
      Int64(words.0 >> 1), Int64(words.1 >> UInt64(64 - UserID.tailBits))
    )
  }
}
