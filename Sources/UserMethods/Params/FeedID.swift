internal import Contract
internal import Users

/// The name of a feed, as answers tell it.
struct FeedID: BoundedText {
  let value: String
  static let length = 1...64
  init(unchecked value: String) { self.value = value }
}
