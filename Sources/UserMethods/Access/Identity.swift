public import Users

/// Who the process acts for; fixed at launch.
public enum Identity: Sendable {
  /// No credential: only open methods answer.
  case anonymous
  case user(UserID)
  /// Whoever the token with this digest belongs to.
  case token([UInt8])
}
