internal import Contract
internal import Users

/// A text that the client chooses for one call.
struct IdempotencyKey: BoundedText {
  let value: String
  static let length = 1...255
  init(unchecked value: String) { self.value = value }
}
