internal import Contract

public struct WebAddress: BoundedText {
  public let value: String
  public static let length = 1...2048
  public static let pattern: String? = "^https?://"
  public init(unchecked value: String) { self.value = value }

  public static func fitsPattern(_ text: String) -> Bool {
    text.begins(with: "https://") || text.begins(with: "http://")
  }
}
