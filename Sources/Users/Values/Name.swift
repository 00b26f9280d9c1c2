/// Display name.
public struct Name: BoundedText {
  public let value: String
  public static let length = 1...255
  public init(unchecked value: String) { self.value = value }
}
