public import Contract
internal import Glibc
public import JSON

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Comparable, Sendable {
  public let milliseconds: Int64

  /// The years that RFC 3339 and the ids can say: 1970 to 2108.
  static let millisecondsMax: Int64 = 1 << 42 - 1

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  public static func < (one: Timestamp, other: Timestamp) -> Bool {
    one.milliseconds < other.milliseconds
  }

  public func adding(_ milliseconds: Int64) -> Timestamp {
    // Times out of files may lie at either end of all numbers.
    let (sum, isTooFar) = self.milliseconds.addingReportingOverflow(milliseconds)
    return Timestamp(milliseconds: isTooFar ? (milliseconds < 0 ? .min : .max) : sum)
  }

  /// The system's clock.
  public static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}

extension Timestamp: ResultValue, ParamValue {
  public static var shape: Shape { .string(format: "date-time") }
  public static var placeholder: Timestamp { Timestamp(milliseconds: 0) }

  /// RFC 3339 in UTC with milliseconds: `2026-11-21T08:30:00.000Z`.
  public func write(into out: inout ByteBuffer) {
    let days = milliseconds / 86_400_000
    let rest = milliseconds % 86_400_000
    let (year, month, day) = CivilDate.date(daysSince1970: days)
    out.appendInPlace(26) { space in
      let text = space.assumingMemoryBound(to: UInt8.self)
      text[0] = UInt8(ascii: "\"")
      Self.put(year / 100, at: text + 1)
      Self.put(year % 100, at: text + 3)
      text[5] = UInt8(ascii: "-")
      Self.put(month, at: text + 6)
      text[8] = UInt8(ascii: "-")
      Self.put(day, at: text + 9)
      text[11] = UInt8(ascii: "T")
      Self.put(rest / 3_600_000, at: text + 12)
      text[14] = UInt8(ascii: ":")
      Self.put(rest / 60_000 % 60, at: text + 15)
      text[17] = UInt8(ascii: ":")
      Self.put(rest / 1000 % 60, at: text + 18)
      text[20] = UInt8(ascii: ".")
      text[21] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 1000 / 100)
      Self.put(rest % 100, at: text + 22)
      text[24] = UInt8(ascii: "Z")
      text[25] = UInt8(ascii: "\"")
    }
  }

  /// Two digits.
  @inline(__always)
  private static func put(_ value: Int64, at place: UnsafeMutablePointer<UInt8>) {
    let value = UInt8(truncatingIfNeeded: value)
    place[0] = UInt8(ascii: "0") &+ value / 10
    place[1] = UInt8(ascii: "0") &+ value % 10
  }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string, let time = Timestamp(text) else {
      throw Mismatch("must be an RFC 3339 time from 1970 on, such as 2026-11-21T08:30:00Z")
    }
    self = time
  }

  /// Reads RFC 3339: any offset, any number of fractional digits (cut to milliseconds).
  public init?(_ text: String) {
    var reader = DigitReader(Array(text.utf8))
    guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2),
      reader.skip("-"), let day = reader.number(2), reader.skip("T") || reader.skip("t"),
      let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2),
      reader.skip(":"), let second = reader.number(2),
      (1...12).contains(month), day >= 1, day <= CivilDate.days(in: month, of: year),
      hour < 24, minute < 60, second <= 60
    else { return nil }
    guard let fraction = reader.fraction(), let offset = reader.offset(), reader.isAtEnd else {
      return nil
    }
    let days = CivilDate.daysSince1970(year, month, day)
    let minutes = (days * 24 + hour) * 60 + minute - offset
    let total = (minutes * 60 + min(second, 59)) * 1000 + fraction
    guard (0...Self.millisecondsMax).contains(total) else { return nil }
    milliseconds = total
  }
}

/// Reads a time from the left.
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

  /// Milliseconds after an optional point.
  mutating func fraction() -> Int64? {
    guard skip(".") else { return 0 }
    var value: Int64 = 0
    var width = 0
    while let digit = digit() {
      if width < 3 { value = value * 10 + digit }
      width += 1
    }
    guard width > 0 else { return nil }
    for _ in min(width, 3)..<3 { value *= 10 }
    return value
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

/// The proleptic Gregorian calendar, after Howard Hinnant's "chrono-compatible low-level date
/// algorithms".
private enum CivilDate {
  static func date(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = daysSince1970 + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  static func days(in month: Int64, of year: Int64) -> Int64 {
    if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
    return [4, 6, 9, 11].contains(month) ? 30 : 31
  }
}
