internal import Users

/// Who makes a change.
enum Actor {
  /// The calling account, by a capability that reaches this far.
  case caller(Caller, within: Scope)
  /// Whoever presents a secret of the account: its password, an invitation, a reset.
  case bearer
  /// Who holds the store, and brings accounts into it. (The first one comes with the store itself, and
  /// is an owner by its making: `User.init(owner:email:name:)`.)
  case importer

  var id: UserID? {
    if case .caller(let caller, _) = self { return caller.id }
    return nil
  }

  /// Whether it is not the account itself.
  func isOther(than account: UserID?) -> Bool {
    switch self {
    case .caller(let caller, _): caller.id != account
    case .bearer: false
    case .importer: true
    }
  }
}
