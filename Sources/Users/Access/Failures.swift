public import Contract

// What callers of `users.*` can be refused with. The words are part of the contract: a test holds
// every answer that must not tell foreign from absent byte for byte.
extension Failure {
  public static var internalError: Failure {
    Failure(
      .internalError, "Something went wrong inside Roster.",
      hint: "Try again; if it stays, start Roster with ROSTER_LOG=debug and report what it prints.")
  }

  public static var noCredential: Failure {
    Failure(
      .unauthenticated, reason: "no_credential", "No account is calling.",
      hint: "Start Roster with --as EMAIL-or-ID.")
  }

  static var disabledCaller: Failure {
    Failure(
      .unauthenticated, reason: "disabled_caller",
      "The calling account is disabled, blocked, still invited, or no longer there.",
      hint: "Ask an owner or admin to enable the account, or start Roster as another one.")
  }

  static func permissionDenied(_ capability: Capability, isLaunchLimit: Bool) -> Failure {
    Failure(
      .permissionDenied, reason: capability.rawValue,
      "This needs the capability \(capability.rawValue), which the caller does not hold.",
      hint: isLaunchLimit
        ? "Roster was started with limits that take it away (--read-only, --allow, --deny, --org)."
        : "Ask an owner or admin, or start Roster as one.")
  }

  /// Roles are only given by who holds all that they give.
  static func beyondOwn(_ role: String, _ capability: Capability) -> Failure {
    Failure(
      .permissionDenied, reason: capability.rawValue,
      "The role \(role) gives \(capability.rawValue) further than the caller has it.",
      hint: "Leave the role out, or start Roster as an owner or admin without limits.")
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
      hint: "Check the id or email with users.get or users.list.")
  }

  static func taken(_ field: String, reason: String) -> Failure {
    Failure(
      .conflict, reason: reason, "Another account has this \(field).",
      hint: reason == "email_taken"
        ? "Choose another, or pass if_exists \"return\" or \"update\" to users.create."
        : "Choose another.")
  }

  static func versionMismatch(_ current: Int) -> Failure {
    Failure(
      .conflict, reason: "version_mismatch",
      "The account has changed: it is at version \(current) now.",
      hint: "Read it again, and repeat with its version if the change is still wanted.",
      facts: [("current_version", current)])
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
      hint: "Disable the account instead: users.update with is_active false.")
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
    case .email: .taken("email", reason: "email_taken")
    case .username: .taken("username", reason: "username_taken")
    case .oauthIdentity: .taken("OAuth identity", reason: "oauth_identity_taken")
    }
  }
}

extension StoreError {
  /// As a caller meets it.
  public var failure: Failure {
    switch self {
    case .full:
      Failure(
        .storageFull, "The disk that holds the store is full; nothing was changed.",
        hint: "Make room and try again.", isRetryable: true)
    case .outcomeUnknown:
      Failure(
        .outcomeUnknown, "The store could not say whether the change was kept.",
        hint: "Read the account again before repeating the change.", isRetryable: true)
    case .busy:
      unavailable(
        "busy", "Another process is holding the store's lock; nothing was changed.",
        "Try again in a second.")
    case .readOnly:
      unavailable(
        "read_only", "The store can't be written to; nothing was changed.",
        "Check the file's and its folder's permissions and mount.", isRetryable: false)
    case .moved:
      unavailable(
        "moved", "The store's file was renamed, replaced or deleted; nothing was changed.",
        "Put the file back, or restart Roster with the new one.", isRetryable: false)
    case .corrupt(let detail):
      unavailable(
        "corrupt", "The store's file is damaged: \(detail).",
        "Leave it as it is and restore a copy.", isRetryable: false)
    case .newerVersion:
      unavailable(
        "newer_version", "The store was written by a newer Roster.", "Update this one.",
        isRetryable: false)
    case .idTaken: .internalError
    case .failed(let detail):
      unavailable("io", "The store can't be used: \(detail).", "Check the disk and try again.")
    }
  }

  private func unavailable(
    _ reason: String, _ message: String, _ hint: String, isRetryable: Bool = true
  ) -> Failure {
    Failure(
      .storageUnavailable, reason: reason, message, hint: hint, isRetryable: isRetryable)
  }
}
