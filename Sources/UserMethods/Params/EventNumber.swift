internal import Contract
internal import JSON

/// The sequence number of an event.
struct EventNumber: IntegerParam {
  static let range = 0...Int.max
  let value: Int

  init(unchecked value: Int) { self.value = value }
}

extension EventNumber: ResultValue {
  func write(into out: inout ByteBuffer) { out.write(value) }
}
