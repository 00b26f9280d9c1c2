internal import JSON
public import Secrets

/// The result of a call with an idempotency key.
public struct IdempotencyRecord: Equatable, Sendable {
  /// A digest of what the call asked for.
  public let request: [UInt8]
  /// The result as JSON, without secrets.
  public let text: String
  public let at: Timestamp
  /// The account that the call was about, if secrets in the call identified it instead of a caller.
  public var userID: UserID?
  /// A hash of the call's secrets: a repeated call must present the same ones.
  public var proof: PasswordHash?

  /// Whether the text is JSON. No checksum covers it, and it becomes a reply.
  public var isSound: Bool { text.isJSON }

  public init(request: [UInt8], text: String, at: Timestamp) {
    self.request = request
    self.text = text
    self.at = at
  }
}
