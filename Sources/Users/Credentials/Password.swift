public import Secrets

/// An account's password as a store keeps it.
public struct Password: Equatable, Sendable {
  public let userID: UserID
  public let hash: PasswordHash
  /// When a temporary password expires; nil for any other password. Roster generates temporary
  /// passwords, and they permit only `users.change_password`.
  public let temporaryUntil: Timestamp?
  /// Who asked for a temporary password.
  public var askers = Askers.unknown

  public init(userID: UserID, hash: PasswordHash, temporaryUntil: Timestamp? = nil) {
    self.userID = userID
    self.hash = hash
    self.temporaryUntil = temporaryUntil
  }

  /// A checksum of the password, for the same purpose as `Token.checksum`.
  public var checksum: Int64 {
    Checksum.of(
      [userID.key, userID.tail, temporaryUntil?.milliseconds ?? -1], [hash.text] + askers.texts, [])
  }
}
