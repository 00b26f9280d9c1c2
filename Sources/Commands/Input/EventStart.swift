import Contract
import Users

/// Where to begin in the feed of events.
enum EventStart {
  case time(Timestamp)
  case number(Int)

  init(_ word: String) throws {
    if let number = Int(word), number >= 0 {
      self = .number(number)
    } else if let time = Timestamp(word) ?? Timestamp(word + "T00:00:00Z") {
      self = .time(time)
    } else {
      throw UsageError(
        "--since needs a time or a sequence number, such as 2026-01-31, 2026-01-31T08:00:00Z or "
          + "17, not \(word)")
    }
  }
}
