/// Something that a request is going to look up, as far as its params tell.
public enum Lookup: Equatable, Sendable {
  case user(UserReference)
  case token(TokenReference)
  /// Whether somebody has these, which an account is to get.
  case email(String)
  case username(String)
  case oauthIdentity(provider: String, id: String)
}
