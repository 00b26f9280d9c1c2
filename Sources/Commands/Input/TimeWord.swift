import Contract
import JSON
import Users

/// Parses times as databases and programs write them.
enum TimeWord {
  /// Converts to RFC 3339: seconds or milliseconds since 1970, a date, and a time with a space or
  /// without an offset, which is taken as UTC. Returns any other text unchanged.
  static func read(_ text: String) -> String {
    if Moment(text) != nil { return text }
    var trimmed = ColumnName.key(text)
    for zone in [" utc", " gmt"] where trimmed.ends(with: zone) {
      trimmed = String(trimmed.dropLast(zone.utf8.count)) + "z"
    }
    let words = trimmed.parts(at: " ")
    if words.count == 3, let sign = words[2].utf8.first, "+-".utf8.contains(sign) {
      trimmed = words[0] + "t" + words[1] + words[2]
    }
    trimmed = trimmed.replacingScalar(" ", by: "t").replacingScalar("/", by: "-")
    let bytes = Array(trimmed.utf8)
    // A spreadsheet that shortens a number (1.7E+12) has lost the other digits.
    let isNumber = bytes.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
    // Twelve digits are milliseconds in another century, or a date and a time without separators.
    let digits = bytes.prefix { $0 != UInt8(ascii: ".") }.count
    if isNumber, let number = Double(trimmed), bytes.count >= 9, digits != 12 {
      return time(Int(number < 1e11 ? number * 1000 : min(number, 1e15))) ?? text
    }
    guard bytes.count >= 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else {
      return text
    }
    if bytes.count == 10 { return trimmed + "T00:00:00Z" }
    guard bytes[10] == UInt8(ascii: "t") else { return text }
    return withOffset(trimmed.replacingScalar("t", by: "T").replacingScalar("z", by: "Z"))
  }

  /// Why a time that can't be read is ambiguous; nil if unknown.
  static func doubt(_ text: String) -> String? {
    let parts = text.utf8.split(maxSplits: 3, omittingEmptySubsequences: false) {
      "./-".utf8.contains($0)
    }
    let isNumber = { (part: Substring.UTF8View) in
      !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) }
    }
    guard parts.prefix(2).allSatisfy(isNumber) else { return nil }
    if parts.count <= 2, parts[0].count == 5 {
      return "a spreadsheet's day number; format the cell as 2024-01-31"
    }
    guard parts.count == 3, parts[0].count <= 2, parts[1].count <= 2 else { return nil }
    return "day and month are ambiguous; write 2024-01-31"
  }

  /// `+00` and `+0000` are not offsets of RFC 3339.
  private static func withOffset(_ text: String) -> String {
    let clock = Array(text.utf8.dropFirst(11))
    if clock.last == UInt8(ascii: "Z") { return text }
    guard let sign = clock.lastIndex(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") })
    else { return text + "Z" }
    let offset = clock[(sign + 1)...]
    if offset.count == 2 { return text + ":00" }
    if offset.count == 4 { return String(text.dropLast(2)) + ":" + String(text.suffix(2)) }
    return text
  }

  /// A time in milliseconds since 1970, as RFC 3339; nil if it is out of range.
  private static func time(_ milliseconds: Int) -> String? {
    guard milliseconds >= 0, milliseconds < 1 << 42 else { return nil }
    var out = ByteBuffer()
    Timestamp(milliseconds: Int64(milliseconds)).write(into: &out)
    return String(out.string.dropFirst().dropLast())
  }
}
