internal import Contract
internal import Secrets

/// A change of one account, as one value: what it was, what it is to be, and which way into it is
/// opened or closed besides. What else ends with it follows from these.
struct AccountChange {
  /// nil for an account that is new.
  let before: User?
  /// nil for one that is deleted for good.
  let after: User?
  let opens: WayIn?
  /// An API token that ends.
  let revokes: Token?

  static func create(_ user: User, opening way: WayIn? = nil) -> AccountChange {
    AccountChange(before: nil, after: user, opens: way, revokes: nil)
  }

  static func update(_ old: User, to new: User, opening way: WayIn? = nil) -> AccountChange {
    AccountChange(before: old, after: new, opens: way, revokes: nil)
  }

  static func delete(_ user: User) -> AccountChange {
    AccountChange(before: user, after: nil, opens: nil, revokes: nil)
  }

  static func open(_ way: WayIn, to user: User) -> AccountChange {
    AccountChange(before: user, after: user, opens: way, revokes: nil)
  }

  static func revoke(_ token: Token, of user: User) -> AccountChange {
    AccountChange(before: user, after: user, opens: nil, revokes: token)
  }
}

/// What lets somebody act as an account.
enum WayIn {
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

/// Who makes a change.
enum Actor {
  /// The calling account, by a capability that reaches this far.
  case caller(Caller, within: Scope)
  /// Whoever presents a secret of the account: its password, an invitation, a reset.
  case bearer
  /// Who holds the store, and brings accounts into it: an import, or the first of a store.
  case importer

  var id: UserID? {
    if case .caller(let caller, _) = self { return caller.id }
    return nil
  }
}

extension AccountChange {
  /// Whom it is about: as they will be, or were.
  var subject: User? { after ?? before }

  /// For good, or so that it can be undone.
  var isDeletion: Bool {
    guard let after else { return true }
    return after.deletedAt != nil && before?.deletedAt == nil
  }

  var isRestoration: Bool { before?.deletedAt != nil && after?.deletedAt == nil }

  /// Whether a caller may sign in by another OAuth identity afterwards, or no more.
  var movesLink: Bool {
    before?.oauthProvider != after?.oauthProvider || before?.oauthID != after?.oauthID
  }

  var movesEmail: Bool { before != nil && after != nil && before?.email != after?.email }

  var changesRoles: Bool { before?.roles != after?.roles }

  /// Whether it blocks or disables, undoes either, deletes, or restores: each by itself, whatever the
  /// account's status follows from.
  var changesStanding: Bool {
    before?.flags.intersection(.standing) != after?.flags.intersection(.standing)
  }

  /// Whether it blocks or disables.
  fileprivate var shutsOut: Bool {
    guard let before, let after else { return false }
    let (old, new) = (before.flags, after.flags)
    return !old.contains(.blocked) && new.contains(.blocked)
      || old.contains(.active) && !new.contains(.active)
  }

  var verifiesEmail: Bool {
    after?.flags.contains(.emailVerified) == true && before?.flags.contains(.emailVerified) != true
  }

  var doubtsEmail: Bool {
    before?.flags.contains(.emailVerified) == true && after?.flags.contains(.emailVerified) == false
  }
}

/// What ends because of a change, besides what it says itself.
struct Consequences: Equatable {
  var kinds: Set<TokenKind> = []
  var endsPassword = false
  var endsTemporaryPassword = false

  /// - A new identity keeps no old way in, unless its own account chose another email: then only what
  ///   was sent to the old one ends.
  /// - A block ends sessions and pending resets for good, a doubt about the email the resets.
  /// - A new way takes the place of what let the person in before.
  init(of change: AccountChange, by actor: Actor) {
    guard let before = change.before else { return }
    if change.isDeletion || change.movesLink
      || change.movesEmail && actor.id.map({ $0 != before.id }) ?? false
    {
      kinds = Set(TokenKind.allCases)
      endsPassword = true
      return
    }
    if change.movesEmail {
      kinds.formUnion([.invitation, .passwordReset])
      endsTemporaryPassword = true
    }
    if change.shutsOut { kinds.formUnion([.session, .passwordReset]) }
    if change.doubtsEmail { kinds.insert(.passwordReset) }
    switch change.opens {
    case .invitation:
      kinds.insert(.invitation)
      endsPassword = true
    case .temporaryPassword, .firstPassword: kinds.insert(.invitation)
    case .newPassword: kinds.formUnion([.session, .passwordReset, .invitation])
    case .passwordReset: kinds.insert(.passwordReset)
    case .apiToken, .session, nil: break
    }
  }
}
