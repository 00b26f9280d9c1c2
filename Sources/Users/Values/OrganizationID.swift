/// The host's own name for an organization.
public struct OrganizationID: BoundedText {
  public let value: String
  public static let length = 1...255
  public init(unchecked value: String) { self.value = value }
}
