public import Secrets

/// Which token is meant.
public enum TokenReference: Equatable, Sendable {
  case digest([UInt8])
  case id(UserID)
}

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

  /// The failures of whoever `subject` stands for.
  func attempts(of subject: [UInt8]) throws(StoreError) -> Attempts?

  /// nil forgets them. Those whose last failure is older than `forgottenBefore` may go too.
  func setAttempts(
    _ attempts: Attempts?, of subject: [UInt8], forgottenBefore: Timestamp
  ) throws(StoreError)
}

/// What is remembered of the roles of a deleted account.
public struct FormerRoles: Equatable, Sendable {
  public let names: [String]
  /// Whether these are what the policy of the day left to be restored. Of accounts that an older Roster
  /// deleted all are known, and not by which policy they were more than labels.
  public let isJudged: Bool

  public init(_ names: [String], isJudged: Bool) {
    self.names = names
    self.isJudged = isJudged
  }
}

/// What was answered to a call with an idempotency key.
public struct Answer: Equatable, Sendable {
  /// What the call asked for, digested.
  public let request: [UInt8]
  /// The result as JSON, without secrets.
  public let text: String
  public let at: Timestamp
  /// Whose account the call was about, where it came with secrets instead of a caller.
  public var userID: UserID?
  /// What the secrets of the call fit: who repeats it has to know them.
  public var proof: PasswordHash?

  public init(request: [UInt8], text: String, at: Timestamp) {
    self.request = request
    self.text = text
    self.at = at
  }
}

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

/// The part of a store that keeps the feed of changes, in the order of the commits.
public protocol EventLog: AnyObject {
  /// Which feed it is: a copy of a store has another one.
  var feedID: String { get throws(StoreError) }

  var latestEvent: EventMark { get throws(StoreError) }

  /// The number of the oldest event that is kept; nil if there is none.
  var oldestEvent: Int64? { get throws(StoreError) }

  /// Adds the event whose `seq` is one more than the latest one's.
  func append(_ event: Event) throws(StoreError)

  /// Hands over events in order, at most `limit`.
  func events(_ query: EventQuery, _ body: (Event) -> Void) throws(StoreError)

  /// Takes emails and changes out of the events that tell of an account that is gone for good.
  func redactEvents(of user: UserID) throws(StoreError)

  /// Removes the oldest events that happened before `time`, at most `limit`, and never the latest;
  /// says how many.
  func pruneEvents(before time: Timestamp, limit: Int) throws(StoreError) -> Int
}

/// The part of a store that keeps the policy, as the text of a policy file. All processes on a store
/// so go by the same.
public protocol PolicyStore: AnyObject {
  /// nil for the predefined roles alone.
  var policyText: String? { get throws(StoreError) }

  /// Whether a policy was ever set or cleared.
  var hasHadPolicy: Bool { get throws(StoreError) }

  func setPolicyText(_ text: String?) throws(StoreError)
}
