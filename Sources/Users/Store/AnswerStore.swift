/// The part of a store that remembers answers, so that a repeated call has no second effect.
public protocol AnswerStore: AnyObject {
  /// `key` is a digest of the caller and their idempotency key.
  func answer(to key: [UInt8]) throws(StoreError) -> Answer?

  /// Puts an answer in the place of the one that is there. Those from before `forgottenBefore` may
  /// go.
  func remember(
    _ answer: Answer, to key: [UInt8], forgottenBefore: Timestamp
  ) throws(StoreError)

  /// Takes out of all answers what they tell of an account that is gone for good (see
  /// `Answer.redacted`), when the group ends at the latest.
  func redactAnswers(about user: UserID) throws(StoreError)
}
