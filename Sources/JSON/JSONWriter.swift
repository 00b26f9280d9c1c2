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

  /// Appends UTF-8 bytes, which must be valid, as the content of a string literal, without the
  /// quotes.
  @inline(__always)
  public mutating func append(escaping text: UnsafeBufferPointer<UInt8>) {
    if let start = text.baseAddress {
      var from = 0
      var at = JSONScan.plainPrefix(start, 0, text.count)
      while at < text.count {
        let length = JSONScan.isSpecial(start[at]) ? 1 : JSONScan.lineEnd(start, at, text.count)
        if length > 0 {
          append(start + from, at &- from)
          if length == 1 {
            appendEscape(of: start[at])
          } else {
            appendEscape(ofLineEnd: start + at)
          }
          from = at &+ length
        }
        at = JSONScan.plainPrefix(start, at &+ max(length, 1), text.count)
      }
      append(start + from, text.count &- from)
    }
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
