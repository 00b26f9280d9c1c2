/// All boolean properties of an account, in one number that a store can mask.
public struct UserFlags: OptionSet, Hashable, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  public static let active = UserFlags(rawValue: 1 << 0)
  public static let blocked = UserFlags(rawValue: 1 << 1)
  /// Has an invitation that was not accepted yet.
  public static let invited = UserFlags(rawValue: 1 << 2)
  public static let deleted = UserFlags(rawValue: 1 << 3)
  public static let serviceAccount = UserFlags(rawValue: 1 << 4)
  public static let developer = UserFlags(rawValue: 1 << 5)
  /// Can't be deleted.
  public static let `internal` = UserFlags(rawValue: 1 << 6)
  public static let emailVerified = UserFlags(rawValue: 1 << 7)
  public static let onboarded = UserFlags(rawValue: 1 << 8)
  /// Has the role owner or admin; follows from the roles.
  public static let superuser = UserFlags(rawValue: 1 << 9)
  /// Has the role owner; follows from the roles.
  public static let owner = UserFlags(rawValue: 1 << 10)

  /// The flags that decide whether an account may sign in at all.
  public static let standing: UserFlags = [.active, .blocked, .deleted]

  public var status: UserStatus {
    if contains(.deleted) { return .deleted }
    if !contains(.active) || contains(.blocked) { return .disabled }
    return contains(.invited) ? .invited : .active
  }
}
