public import Contract
public import JSON

/// An email as somebody names an account by it. It need not be one that a new account could have: those
/// that are there stay within reach.
public struct GivenEmail: TextParam {
  public let value: String
  public static var shape: Shape { Email.shape }
  public static var placeholder: GivenEmail { GivenEmail(value: "") }

  public var email: Email { Email(unchecked: value) }

  private init(value: String) { self.value = value }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    guard let spelled = Self.spelled(text) else { throw Email.noAddress }
    let count = spelled.scalarCount
    guard Email.length.contains(count) else {
      throw Mismatch("must have 3 to 320 characters, not \(count)")
    }
    value = spelled
  }

  /// As emails are kept, in lower case and composed; nil for what has no @.
  static func spelled(_ text: String) -> String? {
    if Email.isPlain(text) { return text }
    return text.holds("@") ? Fold.lowered(text.trimmed) : nil
  }
}
