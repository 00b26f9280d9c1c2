internal import Contract
internal import JSON
internal import Users

/// A password that is to be checked.
struct GivenPassword: ParamValue {
  /// As passwords are kept now.
  let value: String
  /// As Rosters up to 0.6.0 kept it.
  private let formerValue: String

  static var shape: Shape { .secret(.string(length: 1...1024)) }
  static var placeholder: GivenPassword { GivenPassword(value: "") }

  private init(value: String) { (self.value, formerValue) = (value, value) }

  init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    guard !text.isEmpty, text.utf8.count <= 1 << 14 else {
      throw Mismatch("must have 1 to 1024 characters")
    }
    // libsodium takes a zero for the end of a text nowhere, but others might.
    if text.utf8.contains(0) { throw Mismatch("must not contain the character U+0000") }
    value = OpaqueString.prepared(text)
    formerValue = Fold.composed(text)
  }

  /// What may have been hashed, the likelier first.
  var spellings: [String] {
    value.utf8.elementsEqual(formerValue.utf8) ? [value] : [value, formerValue]
  }
}
