/// Searches texts eight bytes at a time. In a word of marks, the high bit of a byte stands for the
/// byte.
enum JSONScan {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = ones &* 0x80
  private static let lows: UInt64 = ones &* 0x7F

  /// The index of the first byte from `at` that is outside ASCII, or that a string literal can't
  /// contain unescaped; `end` if there is none.
  @inline(__always)
  static func plainASCIIPrefix(_ start: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> Int {
    var at = at
    while at &+ 8 <= end {
      let word = word(start + at)
      // A difference has a high bit if it was zero or less, or if the byte is outside ASCII. A wrong
      // one can only follow a right one, from which it borrows.
      let differences =
        ((word ^ (ones &* 0x22)) &- ones) | ((word ^ (ones &* 0x5C)) &- ones)
        | (word &- ones &* 0x20)
      let marks = (differences | word) & highs
      if marks != 0 { return at &+ marks.trailingZeroBitCount >> 3 }
      at &+= 8
    }
    while at < end, start[at] >= 0x20, start[at] < 0x80, start[at] != UInt8(ascii: "\""),
      start[at] != UInt8(ascii: "\\")
    {
      at &+= 1
    }
    return at
  }

  /// Marks each of the first `count` bytes that may have to be escaped: quotes, backslashes, control
  /// characters, and bytes that may begin U+0085 (C2 85), U+2028 or U+2029 (E2 80 A8, E2 80 A9).
  @inline(__always)
  static func toEscape(_ word: UInt64, _ count: Int) -> UInt64 {
    // Without the high bits no sum carries over to the next byte, so that every mark is right.
    let low = word & lows
    let isNotQuote = (low ^ (ones &* 0x22)) &+ lows
    let isNotSlash = (low ^ (ones &* 0x5C)) &+ lows
    let isNotControl = low &+ ones &* 0x60
    var plain = isNotQuote & isNotSlash & isNotControl | word
    if word & highs != 0 {
      let other = (word & (ones &* 0xDF)) ^ (ones &* 0xC2)
      plain &= (other & lows) &+ lows | other
    }
    let marks = ~plain & highs
    return count == 8 ? marks : marks & (1 &<< UInt64(truncatingIfNeeded: count &* 8) &- 1)
  }

  @inline(__always)
  static func word(_ start: UnsafePointer<UInt8>) -> UInt64 {
    UnsafeRawPointer(start).loadUnaligned(as: UInt64.self).littleEndian
  }

  /// The next eight bytes; zeros take the place of those from `end` on.
  @inline(__always)
  static func word(_ start: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> UInt64 {
    if at &+ 8 <= end { return word(start + at) }
    if end >= 8 {
      return word(start + end - 8) &>> UInt64(truncatingIfNeeded: (at &+ 8 &- end) &* 8)
    }
    var word: UInt64 = 0
    for byte in (at..<end).reversed() { word = word << 8 | UInt64(start[byte]) }
    return word
  }

  /// The length in bytes of the character at `at` if JSON allows it unescaped but many readers take
  /// it for a line end; otherwise 0.
  @inline(__always)
  static func lineEnd(_ start: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> Int {
    if start[at] == 0xC2 { return at + 1 < end && start[at + 1] == 0x85 ? 2 : 0 }
    let isThree = start[at] == 0xE2 && at + 2 < end && start[at + 1] == 0x80
    return isThree && start[at + 2] & 0xFE == 0xA8 ? 3 : 0
  }
}
