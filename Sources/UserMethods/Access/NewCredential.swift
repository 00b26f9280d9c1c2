internal import Contract
internal import Secrets
internal import Users

/// A credential that lets a person or program act as an account.
enum NewCredential: Sendable {
  case invitation
  case temporaryPassword(TemporaryPassword)
  case passwordReset
  case apiToken(name: String, Set<Capability>?, days: Int)
  // Created by the bearer of a secret, for their own account:
  /// A password that replaces an invitation.
  case firstPassword(PasswordHash)
  case newPassword(PasswordHash)
  case session

  /// The capability that a caller needs to create it for an account; nil if callers can't.
  var capability: Capability? {
    switch self {
    case .invitation, .temporaryPassword: .invite
    case .passwordReset: .resetPassword
    case .apiToken: .tokens
    case .firstPassword, .newPassword, .session: nil
    }
  }

  /// The limits that it puts on the account's power.
  var limits: Limits {
    if case .apiToken(_, let capabilities, _) = self { return Limits(capabilities: capabilities) }
    return .none
  }
}
