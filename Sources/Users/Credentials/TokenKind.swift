/// What a token permits.
public enum TokenKind: Int, CaseIterable, Sendable {
  /// Call as the account, within the token's capabilities.
  case api = 1
  /// Call as the account, after a sign-in with its password.
  case session = 2
  /// Accept an invitation.
  case invitation = 3
  /// Choose a new password.
  case passwordReset = 4
}
