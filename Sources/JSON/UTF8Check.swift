/// UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF.
public enum UTF8Check {
  /// The offset of the first byte that is not part of a valid character; nil if there is none.
  public static func firstInvalid(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let start = bytes.baseAddress else { return nil }
    var at = 0
    while at < bytes.count {
      if at &+ 8 <= bytes.count,
        UnsafeRawPointer(start + at).loadUnaligned(as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        at &+= 8
      } else if start[at] < 0x80 {
        at &+= 1
      } else {
        let length = length(start, at, bytes.count)
        if length == 0 { return at }
        at &+= length
      }
    }
    return nil
  }

  /// The length of the multi-byte character at `at`, or 0 if it is not valid.
  static func length(_ bytes: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> Int {
    let lead = bytes[at]
    let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
    guard lead >= 0xC2, lead <= 0xF4, at + length <= end else { return 0 }
    for offset in 1..<length where bytes[at + offset] & 0xC0 != 0x80 { return 0 }
    let second = bytes[at + 1]
    switch lead {
    case 0xE0: return second >= 0xA0 ? 3 : 0
    case 0xED: return second < 0xA0 ? 3 : 0
    case 0xF0: return second >= 0x90 ? 4 : 0
    case 0xF4: return second < 0x90 ? 4 : 0
    default: return length
    }
  }
}
