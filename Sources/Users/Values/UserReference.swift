public import Contract
public import JSON

/// An id or an email, as callers name an account. A text that is neither names nobody.
public enum UserReference: ParamValue, Equatable, Sendable {
  case id(UserID)
  /// As it was spelled, in lower case. Who has just that is meant, or else the one whose email is the same by
  /// `IdentityKey`; where several are, nobody.
  case email(String)
  case nobody

  public static var shape: Shape { .string(length: 1...320) }
  public static var placeholder: UserReference { .nobody }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard json.kind == .string else { throw Mismatch("must be a string: an id or an email") }
    if !json.isEscaped, let id = UserID(utf8: json.raw) {
      self = .id(id)
      return
    }
    let text = json.string ?? ""
    guard (1...320).contains(text.scalarCount) else {
      throw Mismatch("must have 1 to 320 characters")
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
