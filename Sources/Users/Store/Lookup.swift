/// A lookup that a request will make, as far as its params show.
public enum Lookup: Equatable, Sendable {
  case user(UserReference)
  case token(TokenReference)
  /// Whether another account has this value, which an account is about to get.
  case email(String)
  case username(String)
  case oauthIdentity(provider: String, id: String)
}
