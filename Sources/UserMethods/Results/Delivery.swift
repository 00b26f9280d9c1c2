internal import Contract
internal import JSON
internal import Users

/// Whether the mailer accepted an email.
enum Delivery: ResultValue {
  case known(Bool)
  /// The email is sent after the commit; the value is then inserted into the reply.
  case pending(Letter, to: UserID)

  static var schema: Schema { .nullable(.boolean) }

  func write(into out: inout ByteBuffer) {
    if case .known(let isDelivered) = self { out.write(isDelivered) }
  }
}
