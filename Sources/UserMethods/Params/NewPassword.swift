internal import Contract
internal import JSON
internal import Users

/// A password that somebody chooses: 8 to 1,024 characters, as they are, in NFC.
struct NewPassword: ParamValue {
  let value: String

  private static let length = 8...1024
  static var shape: Shape { .secret(.string(length: length)) }
  static var placeholder: NewPassword { NewPassword(value: "") }

  private init(value: String) { self.value = value }

  init(_ json: JSONValue) throws(Mismatch) {
    let text = try GivenPassword(json).value
    let count = text.scalarCount
    guard Self.length.contains(count) else {
      throw Mismatch("must have 8 to 1024 characters, not \(count)")
    }
    value = text
  }
}
