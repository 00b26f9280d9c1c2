enum JSONScan {
  /// The index of the first byte from `at` that a string literal can't hold as it is: a quote, a
  /// backslash or a control character; `end` if there is none. Looks at eight bytes at a time.
  @inline(__always)
  static func plainPrefix(_ start: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> Int {
    var at = at
    while at &+ 8 <= end {
      let word = UnsafeRawPointer(start + at).loadUnaligned(as: UInt64.self)
      let marks = special(word)
      if marks != 0 { return at &+ marks.trailingZeroBitCount >> 3 }
      at &+= 8
    }
    while at < end, !isSpecial(start[at]) { at &+= 1 }
    return at
  }

  /// The high bit of each byte that is a quote, a backslash or below 0x20; the lowest mark is exact.
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
