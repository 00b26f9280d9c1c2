internal import Users

/// A change of one account, as one value: what it was, what it is to be, and which way into it is
/// opened or closed besides. What else ends with it follows from these.
///
/// What it touches is found once, when it is made: all who judge it ask for that, and copy no account.
final class AccountChange: Sendable {
  /// nil for an account that is new.
  let before: User?
  /// nil for one that is deleted for good.
  let after: User?
  let opens: WayIn?
  /// An API token or a session that ends.
  let revokes: Token?
  /// Whether it ends for who came with it.
  let isSignOut: Bool
  let touches: Touched

  init(
    _ before: User?, _ after: User?, opens: WayIn? = nil, revokes: Token? = nil,
    isSignOut: Bool = false
  ) {
    self.before = before
    self.after = after
    self.opens = opens
    self.revokes = revokes
    self.isSignOut = isSignOut
    touches = .between(before, after)
  }

  static func create(_ user: consuming User, opening way: WayIn? = nil) -> AccountChange {
    AccountChange(nil, user, opens: way)
  }

  static func update(
    _ old: consuming User, to new: consuming User, opening way: WayIn? = nil
  ) -> AccountChange {
    AccountChange(old, new, opens: way)
  }

  static func delete(_ user: User) -> AccountChange { AccountChange(user, nil) }

  static func open(_ way: WayIn, to user: User) -> AccountChange {
    AccountChange(user, user, opens: way)
  }

  static func revoke(_ token: Token, of user: User) -> AccountChange {
    AccountChange(user, user, revokes: token)
  }

  static func signOut(_ session: Token, of user: User) -> AccountChange {
    AccountChange(user, user, revokes: session, isSignOut: true)
  }
}
