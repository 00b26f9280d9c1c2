internal import Contract

/// The name of a role: predefined, or a label for the host's own use.
public struct RoleName: BoundedText, Comparable {
  /// The predefined roles.
  public static let owner = "owner"
  public static let admin = "admin"
  public static let member = "member"
  public static let annotator = "annotator"
  public static let predefined = [owner, admin, member, annotator]
  /// The roles whose holders are developers unless the call sets another value.
  public static let developing = [owner, admin, member]

  public let value: String
  public static let length = 1...64
  public static let pattern: String? = "^[a-zA-Z0-9_.:\\-]+$"
  public init(unchecked value: String) { self.value = value }

  public static func fitsPattern(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "_.:-".utf8.contains($0) }
  }

  public static func < (one: RoleName, other: RoleName) -> Bool { one.value < other.value }
}
