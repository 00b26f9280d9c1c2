/// The part of a store that keeps credentials: digests and hashes, never secrets.
///
/// Every call happens within a transaction of the store.
public protocol CredentialStore: AnyObject {
  func password(of user: UserID) throws(StoreError) -> Password?

  /// Sets or replaces the account's password; nil removes it.
  func setPassword(_ password: Password?, of user: UserID) throws(StoreError)

  func token(_ reference: TokenReference) throws(StoreError) -> Token?

  /// The account that the token with this id belongs to, without reading more of the token.
  func holder(ofToken id: UserID) throws(StoreError) -> UserID?

  /// The tokens of one account in the order of their creation.
  func tokens(of user: UserID) throws(StoreError) -> [Token]

  /// Adds a token; throws `.idTaken` if one exists with its id, or with another id of the same key.
  func insert(_ token: Token) throws(StoreError)

  /// Replaces the token with the same id.
  func replace(_ token: Token) throws(StoreError)

  func remove(_ token: Token) throws(StoreError)

  /// The roles of a deleted account. A restore may give some of them back.
  func formerRoles(of user: UserID) throws(StoreError) -> FormerRoles?

  /// nil removes them.
  func setFormerRoles(_ roles: FormerRoles?, of user: UserID) throws(StoreError)

  /// False if the store has recorded no failed sign-ins, so that callers need not look up subjects.
  var hasAttempts: Bool { get throws(StoreError) }

  /// The failures that are counted for `subject`, a digest.
  func attempts(of subject: [UInt8]) throws(StoreError) -> Attempts?

  /// nil removes them. Those whose last failure is before `forgottenBefore` may be removed too.
  func setAttempts(
    _ attempts: Attempts?, of subject: [UInt8], forgottenBefore: Timestamp
  ) throws(StoreError)
}

extension CredentialStore {
  public var hasAttempts: Bool { true }
}
