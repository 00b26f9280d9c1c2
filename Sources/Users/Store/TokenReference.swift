/// Identifies a token.
public enum TokenReference: Equatable, Sendable {
  case digest([UInt8])
  case id(UserID)
}
