/// Hexadecimal digits, lower case.
public enum Hex {
  @inlinable public static func digit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") &+ nibble : UInt8(ascii: "a") &+ nibble &- 10
  }

  /// The eight digits of `number`, such that storing the result puts the first digit first.
  @inlinable @inline(__always)
  public static func digits(_ number: UInt32) -> UInt64 {
    // Moves each nibble to its own byte, the highest first.
    var word = UInt64(number.byteSwapped)
    word = (word | word << 16) & 0x0000_FFFF_0000_FFFF
    word = (word | word << 8) & 0x00FF_00FF_00FF_00FF
    word = (word >> 4 & 0x000F_000F_000F_000F) | (word << 8 & 0x0F00_0F00_0F00_0F00)
    // Nibbles above nine become letters.
    let letters = (word &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return (word &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).littleEndian
  }

  /// The number that `count` digits from `start` spell; nil if one of the bytes is not a digit.
  @inlinable public static func number(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt64? {
    var number: UInt64 = 0
    for at in 0..<count {
      guard let digit = value(start[at]) else { return nil }
      number = number << 4 | UInt64(digit)
    }
    return number
  }

  /// The value of one hexadecimal digit of either case.
  @inlinable public static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit &- UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit &- UInt8(ascii: "a") &+ 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit &- UInt8(ascii: "A") &+ 10
    default: nil
    }
  }
}
