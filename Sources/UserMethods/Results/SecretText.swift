internal import Contract
internal import JSON

/// A secret in an answer.
struct SecretText: ResultValue {
  let value: String

  static var schema: Schema { .secret(.string()) }
  static var isSecret: Bool { true }
  func write(into out: inout ByteBuffer) { out.write(value) }
}
