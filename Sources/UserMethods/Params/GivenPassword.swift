internal import Contract
internal import JSON
internal import Users

/// A password that is to be checked.
struct GivenPassword: ParamValue {
  let value: String

  static var shape: Shape { .secret(.string(length: 1...1024)) }
  static var placeholder: GivenPassword { GivenPassword(value: "") }

  private init(value: String) { self.value = value }

  init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    guard !text.isEmpty, text.utf8.count <= 1 << 14 else {
      throw Mismatch("must have 1 to 1024 characters")
    }
    // libsodium takes a zero for the end of a text nowhere, but others might.
    if text.utf8.contains(0) { throw Mismatch("must not contain the character U+0000") }
    value = Fold.composed(text)
  }
}
