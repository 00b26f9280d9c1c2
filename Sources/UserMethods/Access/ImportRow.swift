internal import Contract
public import JSON
internal import Users

/// A row of an import, parsed without access to the store.
///
/// It is large and passed often, so it is a class, to avoid copies.
public final class ImportRow {
  /// The row as a new account; nil if it can't be one, for the reason in `problem`.
  let params: ImportParams?
  let problem: Failure?
  /// The row as a change of an existing account; nil unless the row allows updates.
  let change: ImportedChange?
  let more: ImportedFields
  private let password: TemporaryPassword?

  init(_ json: JSONValue, _ settings: ImportSettings) throws(Failure) {
    guard json.kind == .object else {
      throw .invalidParams([.init("", "is not a JSON object with the columns of an account")])
    }
    do {
      let params = try ParamVisitor.decode(ImportParams.self, json, unknown: Self.unknown)
      (self.params, more, problem) = (params, params.more, nil)
    } catch {
      guard settings.ifExists == .update || json.field("if_exists")?.equals("update") == true
      else { throw error }
      (params, problem) = (nil, error)
      let change = try ParamVisitor.decode(
        ImportedChange.self, json, unknown: Self.unknown, ignoresNulls: true)
      (self.change, more, password) = (change, change.more, nil)
      return
    }
    if let status = more.status, status != .deleted, more.deletedAt != nil {
      throw .contradiction(status, "deleted_at is set")
    }
    let choice = more.ifExists ?? settings.ifExists
    change =
      choice == .update
      ? try ParamVisitor.decode(
        ImportedChange.self, json, unknown: Self.unknown, ignoresNulls: true) : nil
    guard more.inviteMode == .temporaryPassword, settings.issuesCredentials else {
      password = nil
      return
    }
    password = settings.isDryRun ? .sample : try TemporaryPassword()
  }

  private static let unknown: StaticString = "is no column of an account"

  /// Whether preparing the row hashes a password, which is slow.
  public static func needsPassword(_ json: JSONValue) -> Bool {
    json.kind == .object && json.field("invite_mode")?.equals("temporary_password") == true
  }

  var named: (email: String?, username: String?, name: String?)? {
    (params?.patch ?? change?.patch)?.named
  }

  var isAskingForInvitation: Bool { more.inviteMode.map { $0 != .none } ?? false }

  /// The credential to create for an invited user, if any.
  func way(for user: User, _ settings: ImportSettings) throws(Failure) -> NewCredential? {
    guard settings.issuesCredentials, user.flags.contains(.invited), user.canBeInvited else {
      return nil
    }
    switch more.inviteMode {
    case .temporaryPassword?: return password.map { .temporaryPassword($0) }
    case .emailLink?: return .invitation
    case InviteMode.none?: return nil
    case nil: return settings.invites ? .invitation : nil
    }
  }

  func letter<Store>(
    to user: User, _ way: NewCredential?, _ opened: CredentialWriter<Store>.Opened?
  ) -> Letter? {
    guard let way, let opened else { return nil }
    if case .temporaryPassword = way { return Letter(.temporaryPassword, to: user, opened) }
    return Letter(.invitation, to: user, opened)
  }
}

extension User {
  /// Whether the account can use an invitation.
  var canBeInvited: Bool {
    email != nil && !isOAuth && !flags.contains(.deleted)
      && (flags.status == .active || flags.status == .invited)
  }

  /// Sets the status in a row; refuses one that contradicts its other fields.
  mutating func take(_ status: UserStatus?, isActiveGiven: Bool) throws(Failure) {
    guard let status, status != .deleted else { return }
    let isShut = !flags.contains(.active) || flags.contains(.blocked)
    if status != .disabled {
      // Enables the account, unless is_active contradicts; only is_blocked unblocks it.
      if isShut, isActiveGiven || flags.contains(.blocked) {
        throw .contradiction(status, "is_active or is_blocked shut the account out")
      }
      flags.insert(.active)
      flags.set(.invited, status == .invited && !isOAuth)
      return
    }
    if isShut { return }
    if isActiveGiven { throw .contradiction(status, "is_active and is_blocked do not") }
    flags.remove(.active)
  }
}

extension ImportedFields {
  /// Refuses changes of fields that are fixed at creation.
  func checkUnchanging(_ user: User) throws(Failure) {
    var problems: [Failure.Problem] = []
    let told: StaticString = "can't change after the account was created"
    if let isInternal, isInternal != user.flags.contains(.internal) {
      problems.append(.init("/is_internal", told.description))
    }
    if let isServiceAccount, isServiceAccount != user.flags.contains(.serviceAccount) {
      problems.append(.init("/is_service_account", told.description))
    }
    if !problems.isEmpty { throw .invalidParams(problems) }
  }
}

extension Failure {
  fileprivate static func contradiction(_ status: UserStatus, _ why: String) -> Failure {
    .invalidParams([.init("/status", "says \(status.rawValue), and \(why)")])
  }

  static var idExists: Failure {
    Failure(
      .conflict, reason: "id_taken", "Another account has this id.",
      hint: "Leave the row out, or skip existing accounts.")
  }
}
