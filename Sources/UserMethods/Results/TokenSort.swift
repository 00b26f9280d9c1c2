internal import Contract
internal import JSON

/// What of an account's tokens can be listed and revoked.
enum TokenSort: String, CaseIterable, ResultValue {
  case token, session

  static var shape: Shape { .words(allCases.map(\.rawValue)) }
  func write(into out: inout ByteBuffer) { out.write(rawValue) }
}
