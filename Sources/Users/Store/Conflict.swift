/// The unique field of an account whose value another account already has.
public enum Conflict: Equatable, Sendable {
  /// The id, or another id with the same key. Reported by stores in which a failed insert rolls
  /// back the transaction; in other stores the insert throws `.idTaken`.
  case id
  case email, username, oauthIdentity
}
