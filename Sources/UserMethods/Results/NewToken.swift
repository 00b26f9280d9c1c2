internal import Contract

/// A token that was made, with its secret.
struct NewToken: ResultShape {
  let record: TokenRecord
  let secret: SecretText?

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    record.fields(&v)
    v.optional("token", secret, "The secret, to start Roster with; not in a repeated answer.")
  }

  static var sample: NewToken { NewToken(record: .sample, secret: nil) }
}
