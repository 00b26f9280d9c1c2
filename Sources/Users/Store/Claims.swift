/// What an account is to have that nobody else has.
public struct Claims: OptionSet, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// That of an account which is to be inserted.
  public static let id = Claims(rawValue: 1 << 0)
  public static let email = Claims(rawValue: 1 << 1)
  public static let username = Claims(rawValue: 1 << 2)
  public static let oauthIdentity = Claims(rawValue: 1 << 3)
  /// All of an account that is there.
  public static let names: Claims = [.email, .username, .oauthIdentity]
}
