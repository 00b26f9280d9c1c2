public import Users

/// The identity that the process acts as; fixed at launch.
public enum Identity: Sendable {
  /// No credential: only open methods work.
  case anonymous
  case user(UserID)
  /// The account of the token with this digest.
  case token([UInt8])
}
