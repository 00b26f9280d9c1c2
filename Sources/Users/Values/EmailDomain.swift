public import Contract
public import JSON

/// The domain of an email address, without the @.
public struct EmailDomain: TextParam {
  public let value: String
  public static var shape: Shape { .string(length: 1...255) }
  public static var placeholder: EmailDomain { EmailDomain(value: "") }

  private init(value: String) { self.value = value }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    var domain = Fold.composed(text.trimmed.lowercased())
    domain = domain.behind("@") ?? domain
    guard !domain.isEmpty, !domain.holds("@"), domain.unicodeScalars.count <= 255 else {
      throw Mismatch("must be a domain such as example.com")
    }
    value = domain
  }
}
