internal import Contract

/// A new token with its secret.
struct NewToken: ResultSchema {
  let record: TokenRecord
  let secret: SecretText?

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    record.fields(&v)
    v.optional("token", secret, "The secret to start Roster with; absent from a repeated answer.")
  }

  static var sample: NewToken { NewToken(record: .sample, secret: nil) }
}
