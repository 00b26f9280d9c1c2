internal import Contract
internal import Secrets
internal import Users

/// What lets somebody act as an account.
enum WayIn: Sendable {
  case invitation
  case temporaryPassword(TemporaryPassword)
  case passwordReset
  case apiToken(name: String, Set<Capability>?, days: Int)
  // What whoever presents a secret opens for themself:
  /// A password that takes the place of an invitation.
  case firstPassword(PasswordHash)
  case newPassword(PasswordHash)
  case session

  /// What a caller needs to open it for somebody; nil for what no caller opens.
  var capability: Capability? {
    switch self {
    case .invitation, .temporaryPassword: .invite
    case .passwordReset: .resetPassword
    case .apiToken: .tokens
    case .firstPassword, .newPassword, .session: nil
    }
  }

  /// What it leaves of all that the account may do.
  var limits: Limits {
    if case .apiToken(_, let capabilities, _) = self { return Limits(capabilities: capabilities) }
    return .none
  }
}
