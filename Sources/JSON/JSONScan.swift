enum JSONScan {
  /// The index of the first byte from `at` that a string literal can't contain unescaped (a quote,
  /// a backslash or a control character), or that may begin a `lineEnd`; `end` if there is none.
  /// Checks eight bytes at a time.
  @inline(__always)
  static func plainPrefix(_ start: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> Int {
    var at = at
    while at &+ 8 <= end {
      let word = UnsafeRawPointer(start + at).loadUnaligned(as: UInt64.self)
      let marks = special(word) | lineEndStarts(word)
      if marks != 0 { return at &+ marks.trailingZeroBitCount >> 3 }
      at &+= 8
    }
    while at < end, !isSpecial(start[at]), start[at] & 0xDF != 0xC2 { at &+= 1 }
    return at
  }

  /// Sets the high bit of each byte that may begin U+0085 (C2 85), U+2028 or U+2029 (E2 80 A8, E2
  /// 80 A9).
  @inline(__always)
  private static func lineEndStarts(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let starts = (word & (ones &* 0xDF)) ^ (ones &* 0xC2)
    return (starts &- ones) & ~starts & 0x8080_8080_8080_8080
  }

  /// The length in bytes of the character at `at` if JSON allows it unescaped but many readers take
  /// it for a line end; otherwise 0.
  @inline(__always)
  static func lineEnd(_ start: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> Int {
    if start[at] == 0xC2 { return at + 1 < end && start[at + 1] == 0x85 ? 2 : 0 }
    let isThree = start[at] == 0xE2 && at + 2 < end && start[at + 1] == 0x80
    return isThree && start[at + 2] & 0xFE == 0xA8 ? 3 : 0
  }

  /// Sets the high bit of each byte that is a quote, a backslash or below 0x20. Only the lowest bit
  /// that is set is reliable.
  @inline(__always)
  static func special(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    let quote = word ^ (ones &* 0x22)
    let slash = word ^ (ones &* 0x5C)
    let quotes = (quote &- ones) & ~quote
    let slashes = (slash &- ones) & ~slash
    let controls = (word &- ones &* 0x20) & ~word
    return (quotes | slashes | controls) & highs
  }

  @inline(__always)
  static func isSpecial(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }
}
