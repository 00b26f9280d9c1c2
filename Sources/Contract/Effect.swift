/// What calling a method can change.
public enum Effect: String, Sendable {
  case read
  /// Adds something, or restores it.
  case write
  /// Can also remove or overwrite data of an account.
  case destructive
}
