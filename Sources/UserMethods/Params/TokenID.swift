internal import Contract
internal import JSON
internal import Users

/// A text that may be the id of a token.
struct TokenID: ParamValue {
  /// nil for a text that is no id: there is no such token.
  let id: UserID?

  static var shape: Shape { .string(length: 1...255) }
  static var placeholder: TokenID { TokenID(id: nil) }

  private init(id: UserID?) { self.id = id }

  init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    guard (1...255).contains(text.scalarCount) else {
      throw Mismatch("must have 1 to 255 characters")
    }
    id = UserID(text)
  }
}
