internal import Contract
internal import JSON
internal import Secrets
internal import Users

/// The secret of an invitation or a password reset.
struct SecretToken: ParamValue {
  /// nil for malformed text, which fails like an unknown token.
  let digest: [UInt8]?

  static var schema: Schema { .secret(.string(length: 1...255)) }
  static var placeholder: SecretToken { SecretToken(digest: nil) }

  private init(digest: [UInt8]?) { self.digest = digest }

  init(_ json: JSONValue) throws(InvalidValue) {
    guard let text = json.string else { throw InvalidValue("must be a string") }
    guard (1...255).contains(text.utf8.count) else {
      throw InvalidValue("must have 1 to 255 characters")
    }
    digest = TokenText(text)?.digest
  }
}
