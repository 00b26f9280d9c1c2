public import Contract
public import JSON

/// An email by which a caller names an account. It need not be valid for a new account, so that
/// existing accounts with older emails stay reachable.
public struct GivenEmail: TextParam {
  public let value: String
  public static var schema: Schema { Email.schema }
  public static var placeholder: GivenEmail { GivenEmail(value: "") }

  public var email: Email { Email(unchecked: value) }

  private init(value: String) { self.value = value }

  public init(_ json: JSONValue) throws(InvalidValue) {
    guard let text = json.string else { throw InvalidValue("must be a string") }
    guard let spelled = Self.spelled(text) else { throw Email.noAddress }
    let count = spelled.scalarCount
    guard Email.length.contains(count) else {
      throw InvalidValue("must have 3 to 320 characters, not \(count)")
    }
    value = spelled
  }

  /// The form in which emails are stored, lower case and composed; nil for a text without an @.
  static func spelled(_ text: String) -> String? {
    var text = text
    if text.withUTF8(isSpelled) { return text }
    return text.holds("@") ? TextNormalization.lowered(text.trimmed) : nil
  }

  /// A quick check whether a text with an @ is already in that form: printable ASCII without
  /// capitals and spaces. False proves nothing.
  static func isSpelled(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    LowerASCII.isAll(text) && text.contains(UInt8(ascii: "@"))
  }
}
