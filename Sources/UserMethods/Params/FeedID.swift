internal import Contract
internal import JSON
internal import Users

/// The id of an event feed.
struct FeedID: BoundedText {
  let value: String
  static let length = 1...64
  init(unchecked value: String) { self.value = value }
}

extension FeedID: ResultValue {
  static let description: StaticString =
    "Id of the feed. A restored or copied store has another one."

  func write(into out: inout ByteBuffer) { out.write(value) }
}
