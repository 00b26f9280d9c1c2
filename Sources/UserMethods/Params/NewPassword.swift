internal import Contract
internal import JSON
internal import Users

/// A new password: 8 to 1,024 characters, by RFC 8265.
struct NewPassword: ParamValue {
  let value: String

  private static let length = 8...1024
  static var schema: Schema { .secret(.string(length: length)) }
  static var placeholder: NewPassword { NewPassword(value: "") }

  private init(value: String) { self.value = value }

  init(_ json: JSONValue) throws(InvalidValue) {
    let text = try GivenPassword(json).value
    let count = text.scalarCount
    guard Self.length.contains(count) else {
      throw InvalidValue("must have 8 to 1024 characters, not \(count)")
    }
    if text.utf8.allSatisfy({ $0 == UInt8(ascii: " ") }) {
      throw InvalidValue("must not be blank")
    }
    if let scalar = OpaqueString.firstDisallowed(in: text) {
      throw InvalidValue(
        "must not contain control or invisible characters, such as U+\(scalar.hexDigits)")
    }
    value = text
  }

  /// Refuses the account's email in any spelling, because an attacker would try it first.
  func check(for user: User, _ pointer: String) throws(Failure) {
    guard let email = user.email else { return }
    let bare = value.unicodeScalars.filter { $0 != " " }
    if IdentityKey.of(String(String.UnicodeScalarView(bare))) == IdentityKey.of(email) {
      throw .invalidParams([.init(pointer, "must not be the email of the account")])
    }
  }
}
