public import Secrets

/// An account's password as a store keeps it.
public struct Password: Equatable, Sendable {
  public let userID: UserID
  public let hash: PasswordHash
  /// The end of a temporary password, which was made for the account and permits only
  /// `users.change_password`; nil for any other.
  public let temporaryUntil: Timestamp?
  /// Who asked for a temporary password.
  public var askers = Askers.unknown

  public init(userID: UserID, hash: PasswordHash, temporaryUntil: Timestamp? = nil) {
    self.userID = userID
    self.hash = hash
    self.temporaryUntil = temporaryUntil
  }

  /// As `Token.checksum`.
  public var checksum: Int64 {
    Checksum.of(
      [userID.key, userID.tail, temporaryUntil?.milliseconds ?? -1], [hash.text] + askers.texts, [])
  }
}
