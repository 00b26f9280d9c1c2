internal import Contract
internal import JSON

/// Writes results that may hold secrets, and tell of letters: the one place that decides who is told, and
/// what is remembered. Lives only while the buffer is lent to it.
struct AnswerWriter: ResultVisitor {
  private let out: UnsafeMutablePointer<ByteBuffer>
  private let request: RequestContext

  init(_ out: UnsafeMutablePointer<ByteBuffer>, _ request: RequestContext) {
    self.out = out
    self.request = request
  }

  mutating func field<T: ResultValue>(_ name: StaticString, _ value: T, _ about: StaticString) {
    // What will be undone has made no secret, and agents are shown none.
    if T.isSecret, request.isRehearsal || request.audience == .agent { return }
    let start = out.pointee.count
    out.pointee.field(name, value, about)
    if T.isSecret { request.outbox.addSecret(start..<out.pointee.count) }
    if let delivery = value as? Delivery, case .pending(let letter, let user) = delivery {
      request.outbox.post(letter, to: user, place: out.pointee.count)
    }
  }

  mutating func optional<T: ResultValue>(
    _ name: StaticString, _ value: T?, _ about: StaticString
  ) {
    if let value { field(name, value, about) }
  }
}
