internal import Contract
internal import Users

/// What is answered where a letter goes out.
struct LetterAnswer: ResultShape {
  let expiresAt: Timestamp
  let handout: Handout

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("expires_at", expiresAt, "When the secret ends.")
    handout.fields(&v)
  }

  static var sample: LetterAnswer {
    LetterAnswer(expiresAt: Timestamp(milliseconds: 0), handout: .sample)
  }
  static var shape: Shape { .object(ResultDescriber.fields(of: LetterAnswer.self)) }
}
