internal import Contract
internal import Secrets
internal import Users

/// A change of one account, as one value: what it was, what it is to be, and which way into it is
/// opened or closed besides. What else ends with it follows from these.
///
/// What it touches is found once, when it is made: all who judge it ask for that, and copy no account.
final class AccountChange: Sendable {
  /// nil for an account that is new.
  let before: User?
  /// nil for one that is deleted for good.
  let after: User?
  let opens: WayIn?
  /// An API token that ends.
  let revokes: Token?
  let touches: Touched

  init(_ before: User?, _ after: User?, opens: WayIn? = nil, revokes: Token? = nil) {
    self.before = before
    self.after = after
    self.opens = opens
    self.revokes = revokes
    touches = .between(before, after)
  }

  static func create(_ user: consuming User, opening way: WayIn? = nil) -> AccountChange {
    AccountChange(nil, user, opens: way)
  }

  static func update(
    _ old: consuming User, to new: consuming User, opening way: WayIn? = nil
  ) -> AccountChange {
    AccountChange(old, new, opens: way)
  }

  static func delete(_ user: User) -> AccountChange { AccountChange(user, nil) }

  static func open(_ way: WayIn, to user: User) -> AccountChange {
    AccountChange(user, user, opens: way)
  }

  static func revoke(_ token: Token, of user: User) -> AccountChange {
    AccountChange(user, user, revokes: token)
  }
}

/// What a change touches.
struct Touched: OptionSet, Sendable {
  let rawValue: Int

  /// Another email than before; not that of a new account, which opens nothing yet.
  static let email = Touched(rawValue: 1 << 0)
  static let username = Touched(rawValue: 1 << 1)
  /// The OAuth identity.
  static let link = Touched(rawValue: 1 << 2)
  static let roles = Touched(rawValue: 1 << 3)
  static let organization = Touched(rawValue: 1 << 4)
  /// What the account's power follows from.
  static let power = Touched(rawValue: 1 << 5)
  /// Blocking, disabling, undoing either, deleting, restoring: each by itself, whatever status follows.
  static let standing = Touched(rawValue: 1 << 6)
  /// Blocking or disabling.
  static let shutOut = Touched(rawValue: 1 << 7)
  /// The email becomes verified.
  static let verification = Touched(rawValue: 1 << 8)
  /// The email is no more verified.
  static let doubt = Touched(rawValue: 1 << 9)
  /// Deleting, for good or so that it can be undone.
  static let deletion = Touched(rawValue: 1 << 10)
  static let restoration = Touched(rawValue: 1 << 11)
  /// The account is new.
  static let creation = Touched(rawValue: 1 << 12)
  /// Anything of the account at all.
  static let anything = Touched(rawValue: 1 << 13)

  static func between(_ before: User?, _ after: User?) -> Touched {
    guard let after else { return [.anything, .deletion, .standing] }
    guard let before else {
      var touched: Touched = [.anything, .creation, .standing, .power]
      if after.isOAuth || after.oauthID != nil { touched.insert(.link) }
      if after.flags.contains(.emailVerified) { touched.insert(.verification) }
      return touched
    }
    if before == after { return [] }
    var touched: Touched = .anything
    touched.compareIdentities(before, after)
    touched.comparePower(before, after)
    touched.compareFlags(before.flags, after.flags)
    return touched
  }

  private mutating func compareIdentities(_ before: User, _ after: User) {
    if before.email != after.email { insert(.email) }
    if before.username != after.username { insert(.username) }
    if before.oauthProvider != after.oauthProvider || before.oauthID != after.oauthID {
      insert(.link)
    }
  }

  private mutating func comparePower(_ before: User, _ after: User) {
    if before.roles != after.roles { formUnion([.roles, .power]) }
    if before.organizationID != after.organizationID { formUnion([.organization, .power]) }
  }

  private mutating func compareFlags(_ old: UserFlags, _ new: UserFlags) {
    let (gone, come) = (old.subtracting(new), new.subtracting(old))
    if gone.union(come).contains(.developer) { insert(.power) }
    if !gone.union(come).isDisjoint(with: .standing) { insert(.standing) }
    if come.contains(.blocked) || gone.contains(.active) { insert(.shutOut) }
    if come.contains(.emailVerified) { insert(.verification) }
    if gone.contains(.emailVerified) { insert(.doubt) }
    if come.contains(.deleted) { insert(.deletion) }
    if gone.contains(.deleted) { insert(.restoration) }
  }
}

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
    let touches = change.touches
    if touches.contains(.creation) { return }
    let isByAnother = actor.id.map { $0 != change.before?.id } ?? false
    if touches.contains(.deletion) || touches.contains(.link)
      || touches.contains(.email) && isByAnother
    {
      kinds = Set(TokenKind.allCases)
      endsPassword = true
      return
    }
    if touches.contains(.email) {
      kinds.formUnion([.invitation, .passwordReset])
      endsTemporaryPassword = true
    }
    if touches.contains(.shutOut) { kinds.formUnion([.session, .passwordReset]) }
    if touches.contains(.doubt) { kinds.insert(.passwordReset) }
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
