internal import Contract
internal import JSON
internal import Secrets
internal import Users

/// The text of an invitation's or a reset's token.
struct SecretToken: ParamValue {
  /// nil for a text that is no token: it fails as an unknown one does.
  let digest: [UInt8]?

  static var shape: Shape { .secret(.string(length: 1...255)) }
  static var placeholder: SecretToken { SecretToken(digest: nil) }

  private init(digest: [UInt8]?) { self.digest = digest }

  init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    guard (1...255).contains(text.utf8.count) else {
      throw Mismatch("must have 1 to 255 characters")
    }
    digest = TokenText(text)?.digest
  }
}
