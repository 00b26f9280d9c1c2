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

  /// The number that the eight digits in `word` spell, the first in its lowest byte; nil if a byte is
  /// not a digit. It looks at all of them together.
  @inlinable @inline(__always)
  public static func number(_ word: UInt64) -> UInt32? {
    let highBits: UInt64 = 0x8080_8080_8080_8080
    let isASCII = word & highBits == 0
    // Sets the high bit of each byte that is at least `first`.
    func atLeast(_ first: UInt8, _ bytes: UInt64) -> UInt64 {
      (bytes &+ UInt64(0x80 &- first) &* 0x0101_0101_0101_0101) & highBits
    }
    let lower = word | 0x2020_2020_2020_2020
    let numbers = atLeast(UInt8(ascii: "0"), word) & ~atLeast(UInt8(ascii: "9") + 1, word)
    let letters = atLeast(UInt8(ascii: "a"), lower) & ~atLeast(UInt8(ascii: "f") + 1, lower)
    guard isASCII, numbers | letters == highBits else { return nil }
    // The low four bits are the value of a number, and nine less than that of a letter.
    var nibbles = (word & 0x0F0F_0F0F_0F0F_0F0F) &+ (letters >> 7) &* 9
    // Joins neighbours: two digits, then four, then eight.
    nibbles = (nibbles << 4 | nibbles >> 8) & 0x00FF_00FF_00FF_00FF
    nibbles = (nibbles << 8 | nibbles >> 16) & 0x0000_FFFF_0000_FFFF
    return UInt32(truncatingIfNeeded: nibbles << 16 | nibbles >> 32)
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
