/// A short free text: company, job title, group, identity provider.
public struct Label: BoundedText {
  public let value: String
  public static let length = 1...255
  public init(unchecked value: String) { self.value = value }
}
