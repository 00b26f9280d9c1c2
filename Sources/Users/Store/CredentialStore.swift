/// The part of a store that keeps what opens accounts: digests and hashes, never secrets.
///
/// All of it happens within the store's groups.
public protocol CredentialStore: AnyObject {
  func password(of user: UserID) throws(StoreError) -> Password?

  /// Puts a password in the place of the one that the account has, or removes it.
  func setPassword(_ password: Password?, of user: UserID) throws(StoreError)

  func token(_ reference: TokenReference) throws(StoreError) -> Token?

  /// Whose token it is that has this id, without reading more of it.
  func holder(ofToken id: UserID) throws(StoreError) -> UserID?

  /// Those of one account in the order in which they were made.
  func tokens(of user: UserID) throws(StoreError) -> [Token]

  /// Adds a token; `idTaken` if there is one with its id, or one that sorts the same.
  func insert(_ token: Token) throws(StoreError)

  /// Puts `token` in the place of the one with its id.
  func replace(_ token: Token) throws(StoreError)

  func remove(_ token: Token) throws(StoreError)

  /// What a deleted account may get back.
  func formerRoles(of user: UserID) throws(StoreError) -> FormerRoles?

  /// nil forgets it.
  func setFormerRoles(_ roles: FormerRoles?, of user: UserID) throws(StoreError)

  /// Whether there may be any failures; true costs a look at each.
  var hasAttempts: Bool { get throws(StoreError) }

  /// The failures of whoever `subject` stands for.
  func attempts(of subject: [UInt8]) throws(StoreError) -> Attempts?

  /// nil forgets them. Those whose last failure is older than `forgottenBefore` may go too.
  func setAttempts(
    _ attempts: Attempts?, of subject: [UInt8], forgottenBefore: Timestamp
  ) throws(StoreError)
}

extension CredentialStore {
  public var hasAttempts: Bool { true }
}
