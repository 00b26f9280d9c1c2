public import Secrets

/// An account's password as it is kept.
public struct Password: Equatable, Sendable {
  public let userID: UserID
  public let hash: PasswordHash
  /// Set for one that was made for the account: it opens `users.change_password` only, until then.
  public let temporaryUntil: Timestamp?
  /// Who had a temporary one made.
  public var askers = Askers.unknown

  public init(userID: UserID, hash: PasswordHash, temporaryUntil: Timestamp? = nil) {
    self.userID = userID
    self.hash = hash
    self.temporaryUntil = temporaryUntil
  }

  /// As `Token.seal`.
  public var seal: Int64 {
    Seal.of(
      [userID.key, userID.tail, temporaryUntil?.milliseconds ?? -1], [hash.text] + askers.texts, [])
  }
}
