internal import Contract
internal import JSON
internal import Users

/// A password to check.
struct GivenPassword: ParamValue {
  /// The password in the current normalization.
  let value: String
  /// The password in the normalization of Roster up to 0.6.0.
  private let formerValue: String

  static var schema: Schema { .secret(.string(length: 1...1024)) }
  static var placeholder: GivenPassword { GivenPassword(value: "") }

  private init(value: String) { (self.value, formerValue) = (value, value) }

  init(_ json: JSONValue) throws(InvalidValue) {
    guard let text = json.string else { throw InvalidValue("must be a string") }
    guard !text.isEmpty, text.utf8.count <= 1 << 14 else {
      throw InvalidValue("must have 1 to 1024 characters")
    }
    // libsodium never ends a string at a zero byte, but other software might.
    if text.utf8.contains(0) { throw InvalidValue("must not contain the character U+0000") }
    value = OpaqueString.prepared(text)
    formerValue = TextNormalization.composed(text)
  }

  /// The forms of the password that may have been hashed, the more likely one first.
  var spellings: [String] {
    value.utf8.elementsEqual(formerValue.utf8) ? [value] : [value, formerValue]
  }
}
