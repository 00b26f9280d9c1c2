internal import Contract
internal import JSON
internal import Users

/// The name of a feed, as answers tell it.
struct FeedID: BoundedText {
  let value: String
  static let length = 1...64
  init(unchecked value: String) { self.value = value }
}

extension FeedID: ResultValue {
  static let about: StaticString =
    "Which feed it is. Of another one, of a restored store say, no number is known."

  func write(into out: inout ByteBuffer) { out.write(value) }
}
