/// A lookup that a request will make, as far as its params show.
public enum Lookup: Equatable, Sendable {
  case user(UserReference)
  case token(TokenReference)
  /// Whether another account already has the value that the request sets.
  case email(String)
  case username(String)
  case oauthIdentity(provider: String, id: String)
}
