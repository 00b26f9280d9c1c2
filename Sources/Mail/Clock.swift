internal import Users

extension Timestamp {
  /// In the format of a mail header: `Sat, 21 Nov 2026 08:30:00 +0000`.
  var headerText: String {
    let text = ClockText(seconds: Int(milliseconds / 1000))
    return "\(text.weekday.prefix(3)), \(text.day) \(text.month.prefix(3)) \(text.year) "
      + "\(text.hour):\(text.minute):\(text.second) +0000"
  }

  /// In a format for people: `Saturday, 21 November 2026, 08:30 UTC`.
  var readableText: String {
    let text = ClockText(seconds: Int(milliseconds / 1000))
    return "\(text.weekday), \(text.day) \(text.month) \(text.year), "
      + "\(text.hour):\(text.minute) UTC"
  }
}
