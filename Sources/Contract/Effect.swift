/// What calling a method can change.
public enum Effect: String, Sendable {
  case read
  /// Adds something, or brings it back.
  case write
  /// Can also remove or overwrite what an account holds.
  case destructive
}
