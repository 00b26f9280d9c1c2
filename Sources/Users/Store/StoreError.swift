public import Contract

/// Why a store could not do what it was asked.
public enum StoreError: Error, Equatable {
  /// Somebody else holds the lock for longer than anybody wants to wait.
  case busy
  /// It has changed since the request, or the group that writes, began: what was answered meanwhile is
  /// to be answered anew. Of stores only by those that do not stand still meanwhile.
  case changed
  case readOnly
  case full
  /// The file is not where it was opened.
  case moved
  case corrupt(String)
  case newerVersion
  /// The commit was neither confirmed nor refused.
  case outcomeUnknown
  /// An account with this id, or one that sorts the same, is there already.
  case idTaken
  /// There are no ids of the time that it is.
  case clockPastIDs
  case failed(String)
  /// The store was asked for something that it does not understand: a mistake in Roster.
  case misunderstood(String)
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
        hint: "Repeat the call with the same idempotency_key; without one, read the account first.",
        isRetryable: true)
    case .busy:
      unavailable(
        "busy", "Another process is holding the store's lock; nothing was changed.",
        "Try again in a second.")
    case .changed:
      Failure(
        .storageUnavailable, reason: "busy",
        "Others keep changing what this looks at; nothing was changed.",
        hint: "Try again in a second.", isRetryable: true, handling: .anew)
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
    case .idTaken, .misunderstood: .internalError
    case .clockPastIDs:
      unavailable(
        "clock",
        "There are ids of 1970 to 2109 only, and the clock is elsewhere; nothing was changed.",
        "Set the clock right, and try again.")
    case .failed(let detail):
      unavailable("io", "The store can't be used: \(detail).", "Check the disk and try again.")
    }
  }

  private func unavailable(
    _ reason: String, _ message: String, _ hint: Words, isRetryable: Bool = true
  ) -> Failure {
    Failure(
      .storageUnavailable, reason: reason, message, hint: hint, isRetryable: isRetryable)
  }
}
