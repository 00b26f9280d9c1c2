internal import Contract
internal import Users

/// The number of an event.
struct EventNumber: WholeNumber {
  static let range = 0...Int.max
  let value: Int

  init(unchecked value: Int) { self.value = value }
}
