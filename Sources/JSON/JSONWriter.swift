/// Writes JSON: compact, in order, directly into the buffer.
///
/// The writer has no state: it writes a comma before a field or an element unless the previous
/// byte is `{` or `[`.
extension ByteBuffer {
  /// Starts a field: `"name":`, after a comma if it is not the first. `name` needs no escapes.
  @inlinable @inline(__always)
  public mutating func field(_ name: StaticString) {
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

  /// Starts a field whose name is data, and escapes it as needed.
  public mutating func field(_ name: String) {
    if base[filled - 1] != UInt8(ascii: "{") { append(UInt8(ascii: ",")) }
    write(name)
    append(UInt8(ascii: ":"))
  }

  /// Writes the comma before the next element, unless it is the first.
  @inlinable public mutating func element() {
    if base[filled &- 1] != UInt8(ascii: "[") { append(UInt8(ascii: ",")) }
  }

  @inlinable @inline(__always)
  public mutating func write(_ value: Bool) {
    if value { append("true") } else { append("false") }
  }

  public mutating func write(_ value: Int) {
    if value >= 0, value < 10 {
      return append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value))
    }
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
    // Words are stored whole, also the last one of a short text.
    reserve(text.count &+ 10)
    let copy = base + filled + 1
    copy[-1] = UInt8(ascii: "\"")
    if Self.copiesPlain(text, to: copy) {
      copy[text.count] = UInt8(ascii: "\"")
      filled &+= text.count &+ 2
    } else {
      filled &+= 1
      append(escaping: text)
      append(UInt8(ascii: "\""))
    }
  }

  /// Copies a text, and returns whether it needs no escapes, as most texts.
  @inline(__always)
  private static func copiesPlain(
    _ text: UnsafeBufferPointer<UInt8>, to copy: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    guard let start = text.baseAddress else { return true }
    if text.count < 8 {
      let word = JSONScan.word(start, 0, text.count)
      put(word, copy)
      return JSONScan.toEscape(word, text.count) == 0
    }
    // The last word may overlap the one before it.
    let last = text.count &- 8
    var at = 0
    while true {
      let word = JSONScan.word(start + at)
      put(word, copy + at)
      if JSONScan.toEscape(word, 8) != 0 { return false }
      if at == last { return true }
      at = min(at &+ 8, last)
    }
  }

  /// Appends UTF-8 bytes, which must be valid, as the content of a string literal, without the
  /// quotes.
  public mutating func append(escaping text: UnsafeBufferPointer<UInt8>) {
    guard let start = text.baseAddress else { return }
    reserve(Self.escapedCountMax(text.count))
    appendEscaped(start, text.count)
  }

  /// Appends bytes that this buffer already holds as the content of a string literal.
  public mutating func append(escapingOwn range: Range<Int>) {
    precondition(range.upperBound <= count)
    // The bytes must not move while they are read.
    reserve(Self.escapedCountMax(range.count))
    appendEscaped(base + range.lowerBound, range.count)
  }

  /// The room for escaped text: the longest escape has six bytes, and words are stored whole.
  private static func escapedCountMax(_ count: Int) -> Int { count &* 6 &+ 16 }

  private mutating func appendEscaped(_ start: UnsafePointer<UInt8>, _ count: Int) {
    var to = base + filled
    var at = 0
    while at < count {
      // The rest of a word, its length, and its marks, all without the bytes that were copied.
      var rest = JSONScan.word(start, at, count)
      var length = min(count &- at, 8)
      var marks = JSONScan.toEscape(rest, length)
      at &+= length
      Self.put(rest, to)
      while marks != 0 {
        let plain = marks.trailingZeroBitCount >> 3
        (to, length) = (to + plain, length &- plain)
        rest &>>= UInt64(truncatingIfNeeded: plain &* 8)
        marks &>>= UInt64(truncatingIfNeeded: plain &* 8)
        marks &= marks &- 1
        let byte = UInt8(truncatingIfNeeded: rest)
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
          to[0] = UInt8(ascii: "\\")
          to += 1
          Self.put(rest, to)
        } else {
          // It may have several bytes, so the next word begins after it.
          filled = to - base
          at = appendRareEscape(start, at &- length, count)
          (to, length, marks) = (base + filled, 0, 0)
        }
      }
      to += length
    }
    filled = to - base
  }

  @inline(__always)
  private static func put(_ word: UInt64, _ space: UnsafeMutablePointer<UInt8>) {
    UnsafeMutableRawPointer(space).storeBytes(of: word.littleEndian, as: UInt64.self)
  }

  /// Appends the control character or the line end at `at` as an escape, or the first byte of any
  /// other character; returns the offset after it.
  private mutating func appendRareEscape(
    _ start: UnsafePointer<UInt8>, _ at: Int, _ end: Int
  ) -> Int {
    if start[at] < 0x20 {
      appendEscape(ofControl: start[at])
      return at + 1
    }
    let length = JSONScan.lineEnd(start, at, end)
    if length > 0 { appendEscape(ofLineEnd: start + at) } else { append(start[at]) }
    return at + max(length, 1)
  }

  /// Appends a JSON text unchanged, except that it escapes the characters in its strings that
  /// readers may take for a line end.
  public mutating func append(lineSafe text: UnsafeBufferPointer<UInt8>) {
    guard let start = text.baseAddress else { return }
    var from = 0
    for at in text.indices where start[at] & 0xDF == 0xC2 {
      let length = JSONScan.lineEnd(start, at, text.count)
      if length == 0 { continue }
      append(start + from, at &- from)
      appendEscape(ofLineEnd: start + at)
      from = at &+ length
    }
    append(start + from, text.count &- from)
  }

  /// The number of bytes that `append(lineSafe:)` writes for a text.
  public static func lineSafeCount(of text: UnsafeBufferPointer<UInt8>) -> Int {
    guard text.contains(where: { $0 & 0xDF == 0xC2 }) else { return text.count }
    var out = ByteBuffer()
    out.append(lineSafe: text)
    return out.count
  }

  /// Appends the escape of the character that `JSONScan.lineEnd` found.
  private mutating func appendEscape(ofLineEnd start: UnsafePointer<UInt8>) {
    append(start[0] == 0xC2 ? "\\u0085" : start[2] == 0xA8 ? "\\u2028" : "\\u2029")
  }

  private mutating func appendEscape(ofControl byte: UInt8) {
    append(UInt8(ascii: "\\"))
    switch byte {
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
