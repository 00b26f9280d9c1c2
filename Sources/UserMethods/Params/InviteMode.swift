internal import Contract
internal import Users

/// How a new person gets in.
enum InviteMode: String, WordParam {
  case none
  case emailLink = "email_link"
  case temporaryPassword = "temporary_password"

  static var placeholder: InviteMode { .none }

  /// Whether `user` can be invited so.
  func check(_ user: User) throws(Failure) {
    if self == .none { return }
    if user.email == nil {
      throw .invalidParams([.init("/invite_mode", "needs an account with an email")])
    }
    if user.isOAuth {
      throw .invalidParams([.init("/invite_mode", "can't be for who signs in elsewhere")])
    }
  }
}

extension InviteMode {
  var letterKind: Letter.Kind { self == .temporaryPassword ? .temporaryPassword : .invitation }
}
