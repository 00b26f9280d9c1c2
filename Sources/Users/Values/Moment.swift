/// A moment as RFC 3339 expresses it, of the years 0001 to 9999, to any fraction of a second.
public struct Moment {
  /// The latest whole millisecond that is not after the moment.
  public let floor: Timestamp
  let isWhole: Bool
  /// Whether it is in a leap second (second 60): `floor` is then in the second before.
  let isLeapSecond: Bool

  public init?(_ text: String) {
    var reader = DigitReader(Array(text.utf8))
    guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2),
      reader.skip("-"), let day = reader.number(2), reader.skip("T") || reader.skip("t"),
      let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2),
      reader.skip(":"), let second = reader.number(2),
      year >= 1, (1...12).contains(month), day >= 1, day <= CivilDate.days(in: month, of: year),
      hour < 24, minute < 60, second <= 60
    else { return nil }
    guard let fraction = reader.fraction(), let offset = reader.offset(), reader.isAtEnd else {
      return nil
    }
    let days = CivilDate.daysSince1970(year, month, day)
    let minutes = (days * 24 + hour) * 60 + minute - offset
    let total = (minutes * 60 + min(second, 59)) * 1000 + fraction.milliseconds
    floor = Timestamp(milliseconds: total)
    isLeapSecond = second == 60
    isWhole = fraction.isWhole
  }
}

/// Reads the parts of a time from left to right.
private struct DigitReader {
  private let bytes: [UInt8]
  private var at = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { at == bytes.count }

  mutating func skip(_ letter: Unicode.Scalar) -> Bool {
    guard at < bytes.count, bytes[at] == UInt8(ascii: letter) else { return false }
    at += 1
    return true
  }

  private mutating func digit() -> Int64? {
    guard at < bytes.count, bytes[at] &- 0x30 < 10 else { return nil }
    at += 1
    return Int64(bytes[at - 1] - 0x30)
  }

  mutating func number(_ width: Int) -> Int64? {
    var value: Int64 = 0
    for _ in 0..<width {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// The milliseconds of an optional fraction, and whether only zeros follow them.
  mutating func fraction() -> (milliseconds: Int64, isWhole: Bool)? {
    guard skip(".") else { return (0, true) }
    var value: Int64 = 0
    var width = 0
    var isWhole = true
    while let digit = digit() {
      if width < 3 { value = value * 10 + digit } else if digit > 0 { isWhole = false }
      width += 1
    }
    guard width > 0 else { return nil }
    for _ in min(width, 3)..<3 { value *= 10 }
    return (value, isWhole)
  }

  /// Minutes ahead of UTC.
  mutating func offset() -> Int64? {
    if skip("Z") || skip("z") { return 0 }
    let sign: Int64 = skip("-") ? -1 : 1
    guard sign < 0 || skip("+"), let hours = number(2), skip(":"), let minutes = number(2),
      hours < 24, minutes < 60
    else { return nil }
    return sign * (hours * 60 + minutes)
  }
}
