internal import Users

/// The author of a change.
enum Actor {
  /// The calling account, with the scope of its capability.
  case caller(Caller, within: Scope)
  /// The bearer of a secret of the account: its password, an invitation or a reset token.
  case bearer
  /// The operator of the store, who imports accounts. (The first account is created with the store,
  /// as an owner: `User.init(owner:email:name:)`.)
  case importer

  var id: UserID? {
    if case .caller(let caller, _) = self { return caller.id }
    return nil
  }

  /// Whether the actor is not the account itself.
  func isOther(than account: UserID?) -> Bool {
    switch self {
    case .caller(let caller, _): caller.id != account
    case .bearer: false
    case .importer: true
    }
  }
}
