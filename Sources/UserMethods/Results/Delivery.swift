internal import Contract
internal import JSON
internal import Users

/// Whether a letter was handed to the mailer.
enum Delivery: ResultValue {
  case known(Bool)
  /// It leaves when the group is kept, and then this is told.
  case pending(Letter, to: UserID)

  static var shape: Shape { .nullable(.boolean) }

  func write(into out: inout ByteBuffer) {
    if case .known(let isDelivered) = self { out.write(isDelivered) }
  }
}
