internal import Contract
internal import JSON

/// The kinds of tokens that can be listed and revoked.
enum TokenSort: String, CaseIterable, ResultValue {
  case token, session

  static var schema: Schema { .enumeration(allCases.map(\.rawValue)) }
  func write(into out: inout ByteBuffer) { out.write(rawValue) }
}
