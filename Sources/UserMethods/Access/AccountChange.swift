internal import Users

/// A change of one account: its state before and after, and a credential that is created or
/// revoked. The other credentials that end follow from these (see `Consequences`).
///
/// `touches` is computed once; all checks use it, so that they need not copy accounts.
final class AccountChange: Sendable {
  /// nil for a new account.
  let before: User?
  /// nil for a permanently deleted account.
  let after: User?
  let opens: NewCredential?
  /// An API token or session to revoke.
  let revokes: Token?
  /// Whether the caller signs out of their own session.
  let isSignOut: Bool
  let touches: Touched

  init(
    _ before: User?, _ after: User?, opens: NewCredential? = nil, revokes: Token? = nil,
    isSignOut: Bool = false
  ) {
    self.before = before
    self.after = after
    self.opens = opens
    self.revokes = revokes
    self.isSignOut = isSignOut
    touches = .between(before, after)
  }

  static func create(_ user: consuming User, opening way: NewCredential? = nil) -> AccountChange {
    AccountChange(nil, user, opens: way)
  }

  static func update(
    _ old: consuming User, to new: consuming User, opening way: NewCredential? = nil
  ) -> AccountChange {
    AccountChange(old, new, opens: way)
  }

  static func delete(_ user: User) -> AccountChange { AccountChange(user, nil) }

  static func open(_ way: NewCredential, to user: User) -> AccountChange {
    AccountChange(user, user, opens: way)
  }

  static func revoke(_ token: Token, of user: User) -> AccountChange {
    AccountChange(user, user, revokes: token)
  }

  static func signOut(_ session: Token, of user: User) -> AccountChange {
    AccountChange(user, user, revokes: session, isSignOut: true)
  }
}
