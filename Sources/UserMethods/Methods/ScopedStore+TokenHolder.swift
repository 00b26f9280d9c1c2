internal import Contract
internal import Users

extension ScopedStore {
  /// The account whose tokens are requested: the caller's own unless another is named.
  func tokenHolder(_ reference: UserReference?) throws(Failure) -> User {
    let own = UserReference.id(try caller().id)
    return try user(reference ?? own)
  }
}
