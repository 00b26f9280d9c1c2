public import Contract
internal import Users

// Failures of `users.*`. The messages are part of the contract: a test compares the answers for
// foreign and unknown accounts byte by byte.
extension Failure {
  /// The request has to wait for the commit of the current transaction, and is then repeated: it
  /// has slow work to do without the write lock, or an email to its account is pending.
  static var notYet: Failure {
    Failure(
      .storageUnavailable, reason: "busy", "The request waits for earlier requests.",
      hint: "Try again.", isRetryable: true, handling: .afterCommit)
  }

  public static var noCredential: Failure {
    Failure(
      .unauthenticated, reason: "no_credential", "This call needs a caller.",
      hint: "Start Roster with --as EMAIL-or-ID, or with a token.")
  }

  static var unknownToken: Failure {
    Failure(
      .unauthenticated, reason: "unknown_token",
      "The token that Roster was started with does not exist, or was revoked.",
      hint: "Start Roster with another token; \(method: "users.create_token") makes one.")
  }

  static var expiredToken: Failure {
    Failure(
      .unauthenticated, reason: "expired_token",
      "The token that Roster was started with has expired.",
      hint: "Start Roster with another token; \(method: "users.create_token") makes one.")
  }

  static var readOnlyLaunch: Failure {
    Failure(
      .permissionDenied, reason: "read_only", "Roster was started with --read-only.",
      hint: "Start Roster without --read-only to change anything.")
  }

  /// The same for an unknown or blocked account, a wrong password, and an account without one.
  static var invalidCredentials: Failure {
    Failure(
      .unauthenticated, reason: "invalid_credentials",
      "The email or the password is wrong.",
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
      .rateLimited, reason: "letters", "An email was sent to this account less than a minute ago.",
      hint: "Wait for retry_after_seconds, then try again.", isRetryable: true,
      facts: [("retry_after_seconds", .number(seconds))])
  }

  static var noSession: Failure {
    Failure(
      .failedPrecondition, reason: "no_session",
      "The caller has no session to end.",
      hint:
        "An API token ends by \(method: "users.revoke_token"); with --as there is nothing to end."
    )
  }

  static var passwordChangeRequired: Failure {
    Failure(
      .failedPrecondition, reason: "password_change_required",
      "The password is temporary: use it only to choose another one.",
      hint: "Call \(method: "users.change_password") first.")
  }

  /// The same for a token that was used, replaced, expired or never issued.
  static var unknownSecret: Failure {
    Failure(
      .notFound, reason: "unknown_token",
      "The token is not valid: it was used or replaced, or it has expired.",
      hint:
        "Ask for a new one: \(method: "users.invite") and \(method: "users.reset_password") make them."
    )
  }

  static var tokenNotFound: Failure {
    Failure(
      .notFound, "This token does not exist for this caller.",
      hint: "Check the id with \(method: "users.list_tokens").")
  }

  static func tooManyTokens(_ count: Int) -> Failure {
    Failure(
      .failedPrecondition, reason: "too_many_tokens", "The account has \(count) tokens already.",
      hint: "Revoke some; \(method: "users.list_tokens") shows when each was last used.")
  }

  static func notInvited(_ user: User) -> Failure {
    Failure(
      .failedPrecondition, reason: "not_invited",
      "The account needs no invitation: it has a password.",
      hint: user.flags.contains(.emailVerified)
        ? "Reset the password with \(method: "users.reset_password")."
        : "If you know that the email is theirs, set email_verified with \(method: "users.update"); then "
          + "\(method: "users.reset_password") lets them choose another password.")
  }

  static var stillInvited: Failure {
    Failure(
      .failedPrecondition, reason: "still_invited",
      "The account has not accepted its invitation yet, so it has no password.",
      hint: "Invite it again with \(method: "users.invite").")
  }

  static func disabledAccount(reason: String, for way: String) -> Failure {
    Failure(
      .failedPrecondition, reason: reason,
      "The account is disabled or blocked, so \(way) would not let it sign in.",
      hint: "Enable it first: \(method: "users.update") with is_active true and is_blocked false.")
  }

  static var noEmail: Failure {
    Failure(
      .failedPrecondition, reason: "no_email", "The account has no email.",
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
      "The account's email is not verified, so a reset could reach the wrong person.",
      hint: hasPassword
        ? "If you know that the email is theirs, set email_verified with \(method: "users.update")."
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
      hint: "Use a new key for each call, and repeat a call with exactly the same params.")
  }

  /// For the other operations of a failed atomic bulk.
  static func notCommitted(_ culprit: Int) -> Failure {
    Failure(
      .failedPrecondition, reason: "not_committed",
      "No operation of this bulk was kept, because operation \(culprit) failed.",
      hint: "Fix operation \(culprit) as results says, then repeat the whole bulk.")
  }

  static func notInBulk(_ name: String, _ known: [MethodDescription]) -> Failure {
    let nearest = Spelling.nearest(to: name, in: known.map(\.name.description))
    let words = known.map(\.name.description).joined(separator: ", ")
    return Failure(
      .methodNotFound, "A bulk does not accept this method.",
      hint: nearest.map { "Did you mean \($0)?" } ?? "There are \(words).")
  }

  static var mailNeeded: Failure {
    Failure(
      .failedPrecondition, reason: "mail_needed",
      "The invitation would reach no one: Roster was started without mail and does not show tokens to agents.",
      hint: "Ask for Roster to be started with --mail, or invite the person from a shell: "
        + "roster call users.invite user_id=EMAIL.")
  }

  static var disabledCaller: Failure {
    Failure(
      .unauthenticated, reason: "disabled_caller",
      "The calling account is disabled, blocked, still invited or deleted.",
      hint: "Ask an owner or admin to enable the account, or start Roster as another one.")
  }

  static func permissionDenied(_ capability: Capability, _ limit: CapabilityLimit) -> Failure {
    Failure(
      .permissionDenied, reason: capability.rawValue,
      "This needs the capability \(capability.rawValue), which the caller does not hold.",
      hint: limit.hint)
  }

  /// The caller holds the capability, but agents were not given the tool.
  static func toolNeeded(_ tool: String, for capability: Capability) -> Failure {
    Failure(
      .permissionDenied, reason: capability.rawValue,
      "This needs the tool \(tool), which this server does not offer to agents.",
      hint: "Start Roster with \(tool) among --tools.")
  }

  /// A caller can't give, take or open more than they hold.
  static func beyondAccount(_ capability: Capability) -> Failure {
    Failure(
      .permissionDenied, reason: capability.rawValue,
      "The account holds \(capability.rawValue) with a wider scope than the caller.",
      hint: "Ask an owner or admin, or for a token narrow it with scopes.")
  }

  /// A caller can give only roles whose capabilities they hold.
  static func beyondOwn(_ role: String, _ lack: Power.Lack) -> Failure {
    guard case .capability(let capability) = lack else { return .ownerOnly }
    return Failure(
      .permissionDenied, reason: capability.rawValue,
      "The role \(role) grants \(capability.rawValue) with a wider scope than the caller holds.",
      hint: "Leave the role out, or start Roster as an owner or admin without limits.")
  }

  /// For callers who may update only their own account.
  static var profileOnly: Failure {
    Failure(
      .permissionDenied, reason: Capability.update.rawValue,
      "This caller may update their own profile only: name, username, email, avatar_url, company, "
        + "job_title, metadata and has_completed_onboarding. A changed email is unverified.",
      hint: "Leave the other fields out, or ask an owner or admin.")
  }

  static func internalBeyondCaller(_ capability: Capability) -> Failure {
    Failure(
      .permissionDenied, reason: capability.rawValue,
      "Internal accounts can't be deleted, so creating one takes every capability with the scope "
        + "all; this caller lacks \(capability.rawValue) with that scope.",
      hint: "Leave is_internal out, or start Roster as an owner or admin without limits.")
  }

  static var outsideOrganization: Failure {
    Failure(
      .permissionDenied, reason: "organization",
      "This caller may name only their own organization.",
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

  /// A conflict of an account that is being restored, with remedies for that case.
  var asRestoreRefusal: Failure {
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
      "The feed has no events right after this sequence number: the store was restored, or they "
        + "were pruned.",
      hint: "Read the accounts again, which contain all changes up to \(latest); then go on with "
        + "after \(latest) and no feed_id.",
      facts: [("latest_seq", .number(Int(latest)))])
  }

  static func ownAccount(_ deed: String) -> Failure {
    Failure(
      .failedPrecondition, reason: "own_account", "Callers can't \(deed) their own account.",
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
      hint: "Make another account an owner first.")
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
      hint: "Keep less in it, or clear fields by setting them to null.",
      problems: [.init("/metadata", "takes more than \(Metadata.byteCountMax) bytes")])
  }
}

extension Conflict {
  var failure: Failure {
    switch self {
    // The generator of the id retries.
    case .id: .internalError
    case .email: .taken("email", reason: "email_taken")
    case .username: .taken("username", reason: "username_taken")
    case .oauthIdentity: .taken("OAuth identity", reason: "oauth_identity_taken")
    }
  }
}
