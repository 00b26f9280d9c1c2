public import Secrets

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
