public import Contract
internal import Glibc
public import JSON

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Comparable, Sendable {
  public let milliseconds: Int64

  /// The last millisecond that ids can hold: 2109-05-15T07:35:11.103Z.
  static let millisecondsMax: Int64 = 1 << 42 - 1

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  public static func < (one: Timestamp, other: Timestamp) -> Bool {
    one.milliseconds < other.milliseconds
  }

  public func adding(_ milliseconds: Int64) -> Timestamp {
    // Times from files may be near either limit of `Int64`.
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
  public static var schema: Schema { .string(format: "date-time") }
  public static var placeholder: Timestamp { Timestamp(milliseconds: 0) }

  /// The day in UTC: `2026-11-21`.
  public var day: String {
    var out = ByteBuffer()
    write(into: &out)
    return String(decoding: out.bytes.dropFirst().prefix(10), as: UTF8.self)
  }

  /// Writes RFC 3339 in UTC with milliseconds: `2026-11-21T08:30:00.000Z`.
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

  /// Writes two digits.
  @inline(__always)
  private static func put(_ value: Int64, at digits: UnsafeMutablePointer<UInt8>) {
    let value = UInt8(truncatingIfNeeded: value)
    digits[0] = UInt8(ascii: "0") &+ value / 10
    digits[1] = UInt8(ascii: "0") &+ value % 10
  }

  public init(_ json: JSONValue) throws(InvalidValue) {
    guard let text = json.string, let time = Timestamp(text) else {
      throw InvalidValue("must be an RFC 3339 time from 1970 on, such as 2026-11-21T08:30:00Z")
    }
    self = time
  }

  /// Reads RFC 3339: any offset, any number of fractional digits (cut to milliseconds). nil for
  /// times that ids can't hold, before 1970 or after `millisecondsMax`.
  public init?(_ text: String) {
    guard let moment = Moment(text) else { return nil }
    self = moment.floor
    guard (0...Self.millisecondsMax).contains(milliseconds) else { return nil }
  }
}
