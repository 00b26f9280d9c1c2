/// Writing JSON: compact, in order, straight into the buffer.
///
/// Commas come from looking at the byte before, so there is no state to keep: nothing follows
/// `{` or `[` without its value, and a member or element that follows anything else is separated.
extension ByteBuffer {
  /// Starts a member: `"name":`, with a comma where one is due. `name` needs no escapes.
  @inlinable @inline(__always)
  public mutating func member(_ name: StaticString) {
    let length = name.utf8CodeUnitCount
    reserve(length &+ 4)
    var at = base + filled
    if at[-1] != UInt8(ascii: "{") {
      at[0] = UInt8(ascii: ",")
      at += 1
    }
    at[0] = UInt8(ascii: "\"")
    (at + 1).update(from: name.utf8Start, count: length)
    at[length &+ 1] = UInt8(ascii: "\"")
    at[length &+ 2] = UInt8(ascii: ":")
    filled = (at - base) &+ length &+ 3
  }

  /// Starts a member whose name is data, escaped as needed.
  public mutating func member(_ name: String) {
    if base[filled - 1] != UInt8(ascii: "{") { append(UInt8(ascii: ",")) }
    write(name)
    append(UInt8(ascii: ":"))
  }

  /// Separates the element that follows from the one before.
  @inlinable public mutating func element() {
    if base[filled &- 1] != UInt8(ascii: "[") { append(UInt8(ascii: ",")) }
  }

  @inlinable @inline(__always)
  public mutating func write(_ value: Bool) {
    if value { append("true") } else { append("false") }
  }

  public mutating func write(_ value: Int) {
    var digits: (UInt64, UInt64, UInt32) = (0, 0, 0)
    withUnsafeMutableBytes(of: &digits) { space in
      var at = space.count
      var rest = value.magnitude
      repeat {
        at -= 1
        space[at] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest != 0
      if value < 0 {
        at -= 1
        space[at] = UInt8(ascii: "-")
      }
      append(UnsafeBufferPointer(rebasing: space.assumingMemoryBound(to: UInt8.self)[at...]))
    }
  }

  public mutating func write(_ value: String) {
    var value = value
    value.withUTF8 { write(utf8: $0) }
  }

  /// Writes a string literal from UTF-8 bytes, which must be valid.
  public mutating func write(utf8 text: UnsafeBufferPointer<UInt8>) {
    reserve(text.count &+ 2)
    append(UInt8(ascii: "\""))
    append(escaping: text)
    append(UInt8(ascii: "\""))
  }

  /// Appends what stands between the quotes of a string literal, from UTF-8 bytes, which must be valid.
  @inline(__always)
  public mutating func append(escaping text: UnsafeBufferPointer<UInt8>) {
    if let start = text.baseAddress {
      var from = 0
      var at = JSONScan.plainPrefix(start, 0, text.count)
      while at < text.count {
        append(start + from, at &- from)
        appendEscape(of: start[at])
        from = at &+ 1
        at = JSONScan.plainPrefix(start, from, text.count)
      }
      append(start + from, text.count &- from)
    }
  }

  private mutating func appendEscape(of byte: UInt8) {
    append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
    case 0x08: append(UInt8(ascii: "b"))
    case 0x09: append(UInt8(ascii: "t"))
    case 0x0A: append(UInt8(ascii: "n"))
    case 0x0C: append(UInt8(ascii: "f"))
    case 0x0D: append(UInt8(ascii: "r"))
    default:
      append("u00")
      append(Hex.digit(byte >> 4))
      append(Hex.digit(byte & 15))
    }
  }
}

/// Hexadecimal digits, lower case.
public enum Hex {
  @inlinable public static func digit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") &+ nibble : UInt8(ascii: "a") &+ nibble &- 10
  }

  /// The eight digits of `number`, the first in the lowest byte: ready to be stored.
  @inlinable @inline(__always)
  public static func digits(_ number: UInt32) -> UInt64 {
    // Each nibble to a byte of its own, the highest first.
    var word = UInt64(number.byteSwapped)
    word = (word | word << 16) & 0x0000_FFFF_0000_FFFF
    word = (word | word << 8) & 0x00FF_00FF_00FF_00FF
    word = (word >> 4 & 0x000F_000F_000F_000F) | (word << 8 & 0x0F00_0F00_0F00_0F00)
    // Nibbles above nine go on to the letters.
    let letters = (word &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return (word &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).littleEndian
  }

  /// The number that `count` digits from `start` spell; nil if one of them is none.
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
