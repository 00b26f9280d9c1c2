internal import Contract
internal import Users

/// How a new user gets access.
enum InviteMode: String, EnumParam {
  case none
  case emailLink = "email_link"
  case temporaryPassword = "temporary_password"

  static var placeholder: InviteMode { .none }

  /// Refuses if `user` can't be invited in this mode.
  func check(_ user: User) throws(Failure) {
    if self == .none { return }
    if user.email == nil {
      throw .invalidParams([.init("/invite_mode", "needs an account with an email")])
    }
    if user.isOAuth {
      throw .invalidParams([
        .init("/invite_mode", "can't be used for an account that signs in elsewhere")
      ])
    }
  }
}

extension InviteMode {
  var letterKind: Letter.Kind { self == .temporaryPassword ? .temporaryPassword : .invitation }
}
