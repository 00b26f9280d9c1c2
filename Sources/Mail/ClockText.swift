internal import Glibc
internal import Users

/// The parts of a time in UTC as text, in English; strftime would use the locale.
struct ClockText {
  private var fields = tm()

  init(seconds: Int) {
    var seconds = time_t(seconds)
    gmtime_r(&seconds, &fields)
  }

  var year: String { "\(fields.tm_year + 1900)" }
  var month: String { Self.months[Int(fields.tm_mon)] }
  var day: String { "\(fields.tm_mday)" }
  var weekday: String { Self.weekdays[Int(fields.tm_wday)] }
  var hour: String { Self.digits(2, Int(fields.tm_hour)) }
  var minute: String { Self.digits(2, Int(fields.tm_min)) }
  var second: String { Self.digits(2, Int(fields.tm_sec)) }

  private static let weekdays = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]

  /// The present time to the nanosecond, as text that sorts by time: `20261121T083000.123456789Z`.
  static func sortable() -> String {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let text = ClockText(seconds: time.tv_sec)
    let month = digits(2, Int(text.fields.tm_mon) + 1)
    let day = digits(2, Int(text.fields.tm_mday))
    return "\(text.year)\(month)\(day)T\(text.hour)\(text.minute)\(text.second)."
      + "\(digits(9, time.tv_nsec))Z"
  }

  /// Pads with zeros at the front.
  private static func digits(_ width: Int, _ number: Int) -> String {
    let text = "\(number)"
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
