/// The content of an email to a person, as facts and not as wording. It contains a secret.
public struct Letter: Sendable {
  public enum Kind: Sendable, CaseIterable {
    /// `secret` is the token of an invitation.
    case invitation
    /// `secret` is a password that only permits choosing another one.
    case temporaryPassword
    /// `secret` is the token of a password reset.
    case passwordReset
  }

  public let kind: Kind
  public let email: String
  public let name: String
  public let secret: String
  public let expiresAt: Timestamp

  public init(kind: Kind, email: String, name: String, secret: String, expiresAt: Timestamp) {
    self.kind = kind
    self.email = email
    self.name = name
    self.secret = secret
    self.expiresAt = expiresAt
  }
}
