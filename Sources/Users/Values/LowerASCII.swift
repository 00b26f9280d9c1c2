/// A quick check for the texts that need no normalization, as nearly all emails and usernames.
enum LowerASCII {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = ones &* 0x80

  /// Whether the bytes are printable ASCII without capitals and spaces. False proves nothing: it is
  /// also the answer for texts of less than eight bytes.
  static func isAll(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let start = text.baseAddress, text.count >= 8 else { return false }
    // The last word may overlap the one before it.
    let last = text.count &- 8
    var at = 0
    while at < last {
      if !isAll(UnsafeRawPointer(start + at).loadUnaligned(as: UInt64.self)) { return false }
      at &+= 8
    }
    return isAll(UnsafeRawPointer(start + last).loadUnaligned(as: UInt64.self))
  }

  /// Sums set the high bit of each byte from some character on.
  @inline(__always)
  private static func isAll(_ word: UInt64) -> Bool {
    let low = word & ~highs
    let fromMark = low &+ ones &* (0x80 - 0x21)
    let fromDelete = low &+ ones &* (0x80 - 0x7F)
    let fromA = low &+ ones &* (0x80 - 0x41)
    let afterZ = low &+ ones &* (0x80 - 0x5B)
    return (word | ~fromMark | fromDelete | fromA & ~afterZ) & highs == 0
  }
}
