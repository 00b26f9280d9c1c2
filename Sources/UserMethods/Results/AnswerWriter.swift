internal import Contract
internal import JSON

/// Writes results that may contain secrets or report emails. It alone decides who sees a secret,
/// and what is stored for repeated calls. Valid only while it borrows the buffer.
struct AnswerWriter: ResultVisitor {
  private let out: UnsafeMutablePointer<ByteBuffer>
  private let request: RequestContext

  init(_ out: UnsafeMutablePointer<ByteBuffer>, _ request: RequestContext) {
    self.out = out
    self.request = request
  }

  mutating func field<T: ResultValue>(_ name: StaticString, _ value: T, _ description: StaticString)
  {
    // Work that will be rolled back issues no secret, and agents never see one.
    if T.isSecret, request.isRolledBack || request.audience == .agent { return }
    let start = out.pointee.count
    out.pointee.field(name, value, description)
    if T.isSecret { request.pendingMail.addSecret(start..<out.pointee.count) }
    if let delivery = value as? Delivery, case .pending(let letter, let user) = delivery {
      request.pendingMail.post(letter, to: user, offset: out.pointee.count)
    }
  }

  mutating func optional<T: ResultValue>(
    _ name: StaticString, _ value: T?, _ description: StaticString
  ) {
    if let value { field(name, value, description) }
  }
}
