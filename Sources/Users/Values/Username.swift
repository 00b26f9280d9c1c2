internal import Contract

/// A chosen username fits the pattern. The account's own email is a valid username too, whatever it
/// contains: `AccountRules` checks that, because it knows the email.
public struct Username: BoundedText {
  public let value: String
  public static let length = 1...320
  public static let chosenPattern = "^[a-zA-Z0-9_\\-@.]+$"
  public init(unchecked value: String) { self.value = value }

  public static func fitsChosenPattern(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "_-@.".utf8.contains($0) }
  }
}
