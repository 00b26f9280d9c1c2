public import Contract
public import JSON

/// A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then random bits.
///
/// It is stored as two numbers. `key` is the time and the 21 bits after it, so that sorting
/// accounts by key sorts them by creation, and a store can use it as an integer primary key; `tail`
/// is the other 53 random bits. Times run to the year 2109.
public struct UserID: Hashable, Sendable {
  /// 42 bits of milliseconds since 1970, then 21 bits: the first random ones.
  public let key: Int64
  /// The last 53 bits.
  public let tail: Int64

  static let timeBits = 42
  public static let orderBits = 21
  static let tailBits = 53

  public init(key: Int64, tail: Int64) {
    self.key = key
    self.tail = tail
  }

  /// When the account was created.
  public var createdAt: Timestamp { Timestamp(milliseconds: key >> Int64(Self.orderBits)) }

  /// Whether ids can hold this time.
  public static func holds(_ time: Timestamp) -> Bool {
    time.milliseconds >> Int64(timeBits) == 0
  }

  /// The least key of an account that was created at `time`. For times that ids can't hold: 0 for
  /// earlier ones, the greatest number for later ones.
  public static func firstKey(at time: Timestamp) -> Int64 {
    if holds(time) { return time.milliseconds << Int64(orderBits) }
    return time.milliseconds < 0 ? 0 : .max
  }

  /// The least key of all accounts created later than `time`.
  public static func firstKey(after time: Timestamp) -> Int64 { firstKey(at: time.adding(1)) }

  /// The two halves of the UUID's 128 bits.
  @inlinable var halves: (high: UInt64, low: UInt64) {
    let key = UInt64(bitPattern: key)
    let high = (key >> 21) << 16 | 0x7000 | (key >> 9 & 0xFFF)
    let low = 1 << 63 | (key & 0x1FF) << 53 | UInt64(bitPattern: tail)
    return (high, low)
  }

  init?(high: UInt64, low: UInt64) {
    guard high >> 12 & 0xF == 7, low >> 62 == 2, high >> 58 == 0 else { return nil }
    let order = (high & 0xFFF) << 9 | (low >> 53 & 0x1FF)
    key = Int64(bitPattern: (high >> 16) << 21 | order)
    tail = Int64(bitPattern: low & (1 << 53 - 1))
  }

  /// Reads the usual text of 36 characters, in either case; nil unless it is a UUIDv7.
  public init?(utf8 text: UnsafeBufferPointer<UInt8>) {
    guard text.count == 36, let start = text.baseAddress, start[8] == Self.dash,
      start[13] == Self.dash, start[18] == Self.dash, start[23] == Self.dash,
      let first = Hex.number(Self.word(start, start + 4)),
      let second = Hex.number(Self.word(start + 9, start + 14)),
      let third = Hex.number(Self.word(start + 19, start + 24)),
      let fourth = Hex.number(Self.word(start + 28, start + 32))
    else { return nil }
    self.init(
      high: UInt64(first) << 32 | UInt64(second), low: UInt64(third) << 32 | UInt64(fourth))
  }

  /// Four digits and four more, as `Hex.number` takes them.
  private static func word(
    _ first: UnsafePointer<UInt8>, _ second: UnsafePointer<UInt8>
  ) -> UInt64 {
    let first = UnsafeRawPointer(first).loadUnaligned(as: UInt32.self).littleEndian
    let second = UnsafeRawPointer(second).loadUnaligned(as: UInt32.self).littleEndian
    return UInt64(second) << 32 | UInt64(first)
  }

  public init?(_ text: String) {
    var text = text
    guard let id = text.withUTF8({ UserID(utf8: $0) }) else { return nil }
    self = id
  }

  /// The usual text, lower case.
  public var text: String {
    var out = ByteBuffer(capacity: 64)
    appendText(to: &out)
    return out.string
  }

  private static let dash = UInt8(ascii: "-")

  func appendText(to out: inout ByteBuffer) {
    let (high, low) = halves
    let digits = (
      Hex.digits(UInt32(truncatingIfNeeded: high >> 32)),
      Hex.digits(UInt32(truncatingIfNeeded: high)),
      Hex.digits(UInt32(truncatingIfNeeded: low >> 32)), Hex.digits(UInt32(truncatingIfNeeded: low))
    )
    out.appendInPlace(36) { space in
      space.storeBytes(of: digits.0, as: UInt64.self)
      space.storeBytes(of: Self.dash, toByteOffset: 8, as: UInt8.self)
      space.storeBytes(of: UInt32(truncatingIfNeeded: digits.1), toByteOffset: 9, as: UInt32.self)
      space.storeBytes(of: Self.dash, toByteOffset: 13, as: UInt8.self)
      space.storeBytes(of: UInt32(digits.1 >> 32), toByteOffset: 14, as: UInt32.self)
      space.storeBytes(of: Self.dash, toByteOffset: 18, as: UInt8.self)
      space.storeBytes(of: UInt32(truncatingIfNeeded: digits.2), toByteOffset: 19, as: UInt32.self)
      space.storeBytes(of: Self.dash, toByteOffset: 23, as: UInt8.self)
      space.storeBytes(of: UInt32(digits.2 >> 32), toByteOffset: 24, as: UInt32.self)
      space.storeBytes(of: digits.3, toByteOffset: 28, as: UInt64.self)
    }
  }
}

extension UserID: ResultValue {
  public static var schema: Schema { .string(format: "uuid") }

  public func write(into out: inout ByteBuffer) {
    out.append(UInt8(ascii: "\""))
    appendText(to: &out)
    out.append(UInt8(ascii: "\""))
  }
}
