internal import Contract
internal import JSON
internal import Users

/// Text that may be the id of a token.
struct TokenID: ParamValue {
  /// nil for text that is not a valid id, which matches no token.
  let id: UserID?

  static var schema: Schema { .string(length: 1...255) }
  static var placeholder: TokenID { TokenID(id: nil) }

  private init(id: UserID?) { self.id = id }

  init(_ json: JSONValue) throws(InvalidValue) {
    guard let text = json.string else { throw InvalidValue("must be a string") }
    guard (1...255).contains(text.scalarCount) else {
      throw InvalidValue("must have 1 to 255 characters")
    }
    id = UserID(text)
  }
}
