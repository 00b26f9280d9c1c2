public import Contract
public import JSON

/// An id or an email, by which callers name an account. Any other text matches no account.
public enum UserReference: ParamValue, Equatable, Sendable {
  case id(UserID)
  /// The email in lower case. It matches the account with exactly this email, or else the only
  /// account whose email has the same `IdentityKey`; if several have it, it matches none of them.
  case email(String)
  case nobody

  public static var schema: Schema { .string(length: 1...320) }
  public static var placeholder: UserReference { .nobody }

  public init(_ json: JSONValue) throws(InvalidValue) {
    guard json.kind == .string else { throw InvalidValue("must be a string: an id or an email") }
    if !json.isEscaped {
      if let id = UserID(utf8: json.raw) {
        self = .id(id)
        return
      }
      if json.raw.count <= 320, GivenEmail.isSpelled(json.raw) {
        self = .email(String(decoding: json.raw, as: UTF8.self))
        return
      }
    }
    let text = json.string ?? ""
    guard (1...320).contains(text.scalarCount) else {
      throw InvalidValue("must have 1 to 320 characters")
    }
    self.init(text)
  }

  public init(_ text: String) {
    if let id = UserID(text) {
      self = .id(id)
      return
    }
    self = GivenEmail.spelled(text).map { .email($0) } ?? .nobody
  }
}
