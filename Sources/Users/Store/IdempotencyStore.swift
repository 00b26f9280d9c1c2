/// The part of a store that keeps idempotency records, so that a repeated call has no second
/// effect.
public protocol IdempotencyStore: AnyObject {
  /// `key` is a digest of the caller and the idempotency key.
  func answer(to key: [UInt8]) throws(StoreError) -> IdempotencyRecord?

  /// Adds a record, or replaces the one with this key. Records from before `forgottenBefore` may be
  /// deleted.
  func remember(
    _ answer: IdempotencyRecord, to key: [UInt8], forgottenBefore: Timestamp
  ) throws(StoreError)

  /// Removes from all records what they contain about a permanently deleted account (see
  /// `IdempotencyRecord.redacted`), at the commit at the latest.
  func redactAnswers(about user: UserID) throws(StoreError)
}
