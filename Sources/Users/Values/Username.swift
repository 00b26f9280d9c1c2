internal import Contract

/// A username: one that fits `chosenPattern`, or the account's own email, whatever it contains.
/// `AccountRules` checks this, because it knows the email.
public struct Username: BoundedText {
  public let value: String
  public static let length = 1...320
  public static let chosenPattern = "^[a-zA-Z0-9_\\-@.]+$"
  public init(unchecked value: String) { self.value = value }

  public static func fitsChosenPattern(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "_-@.".utf8.contains($0) }
  }
}
