/// Which unique field of an account somebody else already has.
public enum Conflict: Equatable, Sendable {
  /// The id, or one that sorts the same. Told by stores in which an insertion that fails undoes its group;
  /// of others that is the insertion's to find.
  case id
  case email, username, oauthIdentity
}
