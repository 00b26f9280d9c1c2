public import Contract
internal import Users

// What callers of `users.*` can be refused with. The words are part of the contract: a test holds
// every answer that must not tell foreign from absent byte for byte.
extension Failure {
  /// What takes long comes before a group that writes, and is asked for again after it. Nobody is told.
  static var notYet: Failure {
    Failure(
      .storageUnavailable, reason: "busy", "The request has to wait for those before it.",
      hint: "Try again.", isRetryable: true, handling: .afterCommit)
  }

  public static var noCredential: Failure {
    Failure(
      .unauthenticated, reason: "no_credential", "No account is calling.",
      hint: "Start Roster with --as EMAIL-or-ID, or with a token.")
  }

  static var unknownToken: Failure {
    Failure(
      .unauthenticated, reason: "unknown_token",
      "The token that Roster was started with is not known: it was revoked, or never given out.",
      hint: "Start Roster with another token; \(method: "users.create_token") makes one.")
  }

  static var expiredToken: Failure {
    Failure(
      .unauthenticated, reason: "expired_token",
      "The token that Roster was started with has ended.",
      hint: "Start Roster with another token; \(method: "users.create_token") makes one.")
  }

  static var readOnlyLaunch: Failure {
    Failure(
      .permissionDenied, reason: "read_only", "Roster was started with --read-only.",
      hint: "Start it without to change anything.")
  }

  /// The same whether the account is unknown, blocked, or has another password or none.
  static var invalidCredentials: Failure {
    Failure(
      .unauthenticated, reason: "invalid_credentials",
      "The email and the password don't open an account.",
      hint: "Check both; an admin can send a password reset with \(method: "users.reset_password")."
    )
  }

  static func tooManyAttempts(_ seconds: Int) -> Failure {
    Failure(
      .rateLimited, reason: "sign_in", "Too many wrong passwords in a row for this email.",
      hint: "Wait for retry_after_seconds, then try again.", isRetryable: true,
      facts: [("retry_after_seconds", .number(seconds))])
  }

  static func tooManyLetters(_ seconds: Int) -> Failure {
    Failure(
      .rateLimited, reason: "letters", "The account got a letter less than a minute ago.",
      hint: "Wait for retry_after_seconds, then try again.", isRetryable: true,
      facts: [("retry_after_seconds", .number(seconds))])
  }

  static var noSession: Failure {
    Failure(
      .failedPrecondition, reason: "no_session",
      "The caller did not come with a session, so there is none to end.",
      hint:
        "An API token ends by \(method: "users.revoke_token"); with --as there is nothing to end."
    )
  }

  static var passwordChangeRequired: Failure {
    Failure(
      .failedPrecondition, reason: "password_change_required",
      "The password is a temporary one: it only serves to choose another.",
      hint: "Call \(method: "users.change_password") first.")
  }

  /// The same for a token that was used, replaced, has ended, or never was.
  static var unknownSecret: Failure {
    Failure(
      .notFound, reason: "unknown_token",
      "The token is not good: it was used, replaced or has ended.",
      hint:
        "Ask for a new one: \(method: "users.invite") and \(method: "users.reset_password") make them."
    )
  }

  static var tokenNotFound: Failure {
    Failure(
      .notFound, "There is no such token for this caller.",
      hint: "Check the id with \(method: "users.list_tokens").")
  }

  static func tooManyTokens(_ count: Int) -> Failure {
    Failure(
      .failedPrecondition, reason: "too_many_tokens", "The account has \(count) tokens already.",
      hint: "Revoke some: \(method: "users.list_tokens") tells when each was last used.")
  }

  static func notInvited(_ user: User) -> Failure {
    Failure(
      .failedPrecondition, reason: "not_invited",
      "The account is not waiting for an invitation: it has a password.",
      hint: user.flags.contains(.emailVerified)
        ? "Reset the password with \(method: "users.reset_password")."
        : "If the email is known to be theirs set email_verified with \(method: "users.update"); then "
          + "\(method: "users.reset_password") lets them choose another password.")
  }

  static var stillInvited: Failure {
    Failure(
      .failedPrecondition, reason: "still_invited",
      "The account has not accepted its invitation yet, without which no password opens it.",
      hint: "Invite it again with \(method: "users.invite").")
  }

  static func disabledAccount(reason: String, for way: String) -> Failure {
    Failure(
      .failedPrecondition, reason: reason,
      "The account is disabled or blocked: no \(way) would open it.",
      hint: "Enable it first: \(method: "users.update") with is_active true and is_blocked false.")
  }

  static var noEmail: Failure {
    Failure(
      .failedPrecondition, reason: "no_email", "The account has no email to send anything to.",
      hint: "Give it one with \(method: "users.update").")
  }

  static var signsInElsewhere: Failure {
    Failure(
      .failedPrecondition, reason: "managed_by_oauth",
      "The account signs in at its OAuth provider and has no password here.",
      hint: "Reset the password at the provider.")
  }

  static func emailUnverified(hasPassword: Bool) -> Failure {
    Failure(
      .failedPrecondition, reason: "email_unverified",
      "The account's email is not verified, so that nobody knows who would get the reset.",
      hint: hasPassword
        ? "If the email is known to be theirs set email_verified with \(method: "users.update")."
        : "Invite the account with \(method: "users.invite").")
  }

  static var outOfMemory: Failure {
    Failure(
      .internalError, reason: "out_of_memory",
      "There is not enough memory to hash a password (64 MiB).", hint: "Make room and try again.",
      isRetryable: true)
  }

  static var idempotencyKeyReused: Failure {
    Failure(
      .conflict, reason: "idempotency_key_reused",
      "This idempotency_key was used for another call within the last 24 hours.",
      hint: "Make up a new key for each call; repeat a call with exactly its params.")
  }

  /// For what an atomic bulk did not keep.
  static func notCommitted(_ culprit: Int) -> Failure {
    Failure(
      .failedPrecondition, reason: "not_committed",
      "Nothing of this bulk was kept, because of operation \(culprit).",
      hint: "Mend what results says of operation \(culprit), and repeat all of it.")
  }

  static func notInBulk(_ name: String, _ known: [MethodDescription]) -> Failure {
    let nearest = Spelling.nearest(to: name, in: known.map(\.name.description))
    let words = known.map(\.name.description).joined(separator: ", ")
    return Failure(
      .methodNotFound, "There is no such method in a bulk.",
      hint: nearest.map { "Did you mean \($0)?" } ?? "There are \(words).")
  }

  static var mailNeeded: Failure {
    Failure(
      .failedPrecondition, reason: "mail_needed",
      "The invitation would reach nobody: Roster was started without mail, and shows agents no token.",
      hint: "Have Roster started with --mail, or the person invited from a shell: "
        + "roster call users.invite user_id=EMAIL.")
  }

  static var disabledCaller: Failure {
    Failure(
      .unauthenticated, reason: "disabled_caller",
      "The calling account is disabled, blocked, still invited, or no longer there.",
      hint: "Ask an owner or admin to enable the account, or start Roster as another one.")
  }

  static func permissionDenied(_ capability: Capability, _ limit: CapabilityLimit) -> Failure {
    Failure(
      .permissionDenied, reason: capability.rawValue,
      "This needs the capability \(capability.rawValue), which the caller does not hold.",
      hint: limit.hint)
  }

  /// What the caller may do, and agents were not given the tool for.
  static func toolNeeded(_ tool: String, for capability: Capability) -> Failure {
    Failure(
      .permissionDenied, reason: capability.rawValue,
      "This needs the tool \(tool), which agents were not given.",
      hint: "Have Roster started with \(tool) among --tools.")
  }

  /// Nobody gives, takes or opens what is more than theirs.
  static func beyondAccount(_ capability: Capability) -> Failure {
    Failure(
      .permissionDenied, reason: capability.rawValue,
      "The account may use \(capability.rawValue) further than the caller.",
      hint: "Ask an owner or admin, or for a token narrow it with scopes.")
  }

  /// Roles are only given by who holds all that they give.
  static func beyondOwn(_ role: String, _ lack: Power.Lack) -> Failure {
    guard case .capability(let capability) = lack else { return .ownerOnly }
    return Failure(
      .permissionDenied, reason: capability.rawValue,
      "The role \(role) gives \(capability.rawValue) further than the caller has it.",
      hint: "Leave the role out, or start Roster as an owner or admin without limits.")
  }

  /// For who may update nobody but themself.
  static var profileOnly: Failure {
    Failure(
      .permissionDenied, reason: Capability.update.rawValue,
      "This caller may update their own profile only: name, username, email, avatar_url, company, "
        + "job_title, metadata and has_completed_onboarding. Another email is not verified.",
      hint: "Leave the other members out, or ask an owner or admin.")
  }

  static func internalBeyondCaller(_ capability: Capability) -> Failure {
    Failure(
      .permissionDenied, reason: capability.rawValue,
      "Nobody can delete an internal account, so only who may do everything to everybody makes one; "
        + "this caller's \(capability.rawValue) does not reach so far.",
      hint: "Leave is_internal out, or start Roster as an owner or admin without limits.")
  }

  static var outsideOrganization: Failure {
    Failure(
      .permissionDenied, reason: "organization",
      "This caller may name no organization but their own.",
      hint: "Leave org_id out, or start Roster as an owner or admin without --org.")
  }

  static var userNotFound: Failure {
    Failure(
      .notFound, "There is no such user for this caller.",
      hint: "Check the id or email with \(method: "users.get") or \(method: "users.list").")
  }

  static func taken(_ field: String, reason: String) -> Failure {
    Failure(
      .conflict, reason: reason, "Another account has this \(field).",
      hint: reason == "email_taken"
        ? "Choose another, or pass if_exists \"return\" or \"update\" to \(method: "users.create")."
        : "Choose another.")
  }

  /// A conflict of an account that is to come back, with what can be done about it.
  var ofReturn: Failure {
    let hint: Words
    switch reason {
    case Conflict.email.failure.reason:
      hint = "Pass another email, or delete this account for good by its id."
    case Conflict.username.failure.reason:
      hint = "Give the other account another username, or delete this one for good by its id."
    default: return self
    }
    return Failure(kind, reason: reason, message, hint: hint)
  }

  static func versionMismatch(_ current: Int) -> Failure {
    Failure(
      .conflict, reason: "version_mismatch",
      "The account has changed: it is at version \(current) now.",
      hint: "Read it again, and repeat with its version if the change is still wanted.",
      facts: [("current_version", .number(current))])
  }

  static func feedChanged(after latest: Int64) -> Failure {
    Failure(
      .conflict, reason: "feed_changed",
      "The events behind this place are not to be had: the store was restored, or they were pruned.",
      hint:
        "Read the accounts again, and go on with after \(latest) and no feed_id; what has happened "
        + "till then is in the accounts.")
  }

  static func ownAccount(_ deed: String) -> Failure {
    Failure(
      .failedPrecondition, reason: "own_account", "Nobody can \(deed) their own account.",
      hint: "Ask another owner or admin.")
  }

  static var ownerOnly: Failure {
    Failure(
      .failedPrecondition, reason: "owner_only",
      "Only an owner can change an owner's account, or give or take the role owner.",
      hint: "Ask an owner.")
  }

  static var lastOwner: Failure {
    Failure(
      .failedPrecondition, reason: "last_owner",
      "This is the last active owner, and at least one must remain.",
      hint: "Make somebody else an owner first.")
  }

  static var internalUser: Failure {
    Failure(
      .failedPrecondition, reason: "internal_user", "Internal accounts can't be deleted.",
      hint: "Disable the account instead: \(method: "users.update") with is_active false.")
  }

  static var managedByOAuth: Failure {
    Failure(
      .failedPrecondition, reason: "managed_by_oauth",
      "Email and username of this account are fixed by its OAuth provider.",
      hint: "Change them at the provider, or clear oauth_provider and oauth_id first.")
  }

  static var metadataTooLarge: Failure {
    Failure(
      .tooLarge, reason: "metadata",
      "Metadata may take at most \(Metadata.byteCountMax) bytes as compact JSON.",
      hint: "Keep less in it, or clear members by setting them to null.",
      problems: [.init("/metadata", "takes more than \(Metadata.byteCountMax) bytes")])
  }
}

extension Conflict {
  var failure: Failure {
    switch self {
    // Whoever makes an id makes another one.
    case .id: .internalError
    case .email: .taken("email", reason: "email_taken")
    case .username: .taken("username", reason: "username_taken")
    case .oauthIdentity: .taken("OAuth identity", reason: "oauth_identity_taken")
    }
  }
}
