/// The values of an account that no other account may have.
public struct Claims: OptionSet, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The id of an account that is to be inserted.
  public static let id = Claims(rawValue: 1 << 0)
  public static let email = Claims(rawValue: 1 << 1)
  public static let username = Claims(rawValue: 1 << 2)
  public static let oauthIdentity = Claims(rawValue: 1 << 3)
  /// All claims of an account that already exists.
  public static let names: Claims = [.email, .username, .oauthIdentity]
}
