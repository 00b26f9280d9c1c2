public import Contract

/// Why a store operation failed.
public enum StoreError: Error, Equatable {
  /// Another process held the lock for longer than the store waits.
  case busy
  /// The data has changed since the request or the writing transaction began, so the request must
  /// be run again. A store throws it only if its state can change between two reads.
  case changed
  case readOnly
  case full
  /// The file is no longer where it was opened.
  case moved
  case corrupt(String)
  case newerVersion
  /// The commit was neither confirmed nor refused.
  case outcomeUnknown
  /// An account or a token with this id, or with another id of the same key, exists already.
  case idTaken
  /// The clock is outside the years that ids can hold, 1970 to 2109.
  case clockPastIDs
  case failed(String)
  /// The database server has no connection or no time left for this.
  case serverBusy(String)
  /// The database server failed or can't be reached.
  case serverFailed(String)
  /// The database server refuses writes: it is a standby, or the role lacks a privilege.
  case serverReadOnly(String)
  /// The server, or Roster, found stored data that does not match its checksum.
  case serverDamaged(String)
  /// The database rejected a statement as invalid, which is a bug in Roster.
  case misunderstood(String)
}

extension StoreError {
  /// The error as the caller gets it.
  public var failure: Failure {
    switch self {
    case .full:
      Failure(
        .storageFull, "The disk that holds the store is full; nothing was changed.",
        hint: "Make room and try again.", isRetryable: true)
    case .outcomeUnknown:
      Failure(
        .outcomeUnknown, "The store could not confirm whether the change was committed.",
        hint: "Repeat the call with the same idempotency_key; without one, read the account first.",
        isRetryable: true)
    case .busy:
      unavailable(
        "busy", "Another process is holding the store's lock; nothing was changed.",
        "Try again in a second.")
    case .changed:
      Failure(
        .storageUnavailable, reason: "busy",
        "Other processes keep changing the data of this request; nothing was changed.",
        hint: "Try again in a second.", isRetryable: true, handling: .anew)
    case .readOnly:
      unavailable(
        "read_only", "The store can't be written to; nothing was changed.",
        "Check the file's and its folder's permissions and mount.", isRetryable: false)
    case .moved:
      unavailable(
        "moved", "The store's file was renamed, replaced or deleted; nothing was changed.",
        "Move the file back, or restart Roster to use the new one.", isRetryable: false)
    case .corrupt(let detail):
      unavailable(
        "corrupt", "The store's file is damaged: \(detail).",
        "Do not change the file; restore a backup.", isRetryable: false)
    case .newerVersion:
      unavailable(
        "newer_version", "The store was written by a newer Roster.", "Install the newer version.",
        isRetryable: false)
    case .idTaken, .misunderstood: .internalError
    case .clockPastIDs:
      unavailable(
        "clock",
        "Ids exist only for the years 1970 to 2109, and the clock is outside of them; nothing was changed.",
        "Correct the clock, then try again.")
    case .serverBusy(let detail):
      unavailable(
        "busy", "The database server is busy: \(detail); nothing was changed.",
        "Try again in a second.")
    case .serverFailed(let detail):
      unavailable(
        "io", "The database server can't be used: \(detail); nothing was changed.",
        "Check the server and the network to it, then try again.")
    case .serverReadOnly(let detail):
      unavailable(
        "read_only", "The store can't be written to: \(detail); nothing was changed.",
        "Check that the address leads to the primary server, and the privileges of the role.",
        isRetryable: false)
    case .serverDamaged(let detail):
      unavailable(
        "corrupt", "The store in the database is damaged: \(detail).",
        "Do not change the database; restore a backup.", isRetryable: false)
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
