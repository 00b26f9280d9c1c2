internal import Users

/// The aspects of an account that a change touches.
struct Touched: OptionSet, Sendable {
  let rawValue: Int

  /// The email of an existing account. A new account's email gives no access yet.
  static let email = Touched(rawValue: 1 << 0)
  static let username = Touched(rawValue: 1 << 1)
  /// The OAuth identity.
  static let link = Touched(rawValue: 1 << 2)
  static let roles = Touched(rawValue: 1 << 3)
  static let organization = Touched(rawValue: 1 << 4)
  /// The roles, organization or developer flag, which decide on power.
  static let power = Touched(rawValue: 1 << 5)
  /// Blocking, disabling, deletion and their reversals: each of these counts, even if the status
  /// stays the same.
  static let standing = Touched(rawValue: 1 << 6)
  /// Blocking or disabling.
  static let shutOut = Touched(rawValue: 1 << 7)
  /// The email becomes verified.
  static let verification = Touched(rawValue: 1 << 8)
  /// The email is no longer verified.
  static let doubt = Touched(rawValue: 1 << 9)
  /// Permanent or soft deletion.
  static let deletion = Touched(rawValue: 1 << 10)
  static let restoration = Touched(rawValue: 1 << 11)
  /// The account is new.
  static let creation = Touched(rawValue: 1 << 12)
  /// Any change of the account at all.
  static let anything = Touched(rawValue: 1 << 13)

  static func between(_ before: User?, _ after: User?) -> Touched {
    guard let after else { return [.anything, .deletion, .standing] }
    guard let before else {
      var touched: Touched = [.anything, .creation, .standing, .power]
      if after.isOAuth || after.oauthID != nil { touched.insert(.link) }
      if after.flags.contains(.emailVerified) { touched.insert(.verification) }
      // An account that is imported as deleted claims no unique values.
      if after.flags.contains(.deleted) { touched.insert(.deletion) }
      return touched
    }
    if before.isSame(as: after) { return [] }
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
