internal import Contract
internal import Users

/// The result of a method that sends an email.
struct LetterAnswer: ResultSchema {
  let expiresAt: Timestamp
  let delivery: SecretDelivery

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("expires_at", expiresAt, "When the secret ends.")
    delivery.fields(&v)
  }

  static var sample: LetterAnswer {
    LetterAnswer(expiresAt: Timestamp(milliseconds: 0), delivery: .sample)
  }
  static var schema: Schema { .object(ResultDescriber.fields(of: LetterAnswer.self)) }
}
