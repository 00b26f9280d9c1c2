public import Contract
public import Users

/// The state of one request. It is created and released with the request, so no shared object keeps
/// any of it.
public final class RequestContext: MethodRequest {
  /// The reader of the answer.
  public enum Audience: Sendable {
    case program
    /// A model: it sees no secrets and shorter pages, and can use only the methods that are tools.
    case agent
  }

  public let audience: Audience
  /// Whether null means absent, because agents' hosts send null for omitted arguments.
  public let ignoresNulls: Bool
  /// The consent for an agent's changes; nil if no person is asked.
  let consent: Consent?
  /// The maximum length of the reply, in bytes.
  public let replyBytesMax: Int
  /// True while the work will be rolled back: no secret is issued.
  let isRolledBack: Bool

  /// Whether the request reads from one snapshot, because other writers kept changing the store.
  public var isSteady = false
  /// The accounts with pending emails in this transaction. Another email to one of them has to wait
  /// until the pending one was sent or failed.
  public var waitingLetters: Set<UserID> = []
  /// Whether the request may have taken long.
  public internal(set) var isLong = false
  /// The calling account; nil in an open method.
  var caller: Caller?
  /// The id of the calling account; nil before the caller is known, and in an open method.
  public var callerID: UserID? { caller?.id }
  /// The account whose secret was presented, in an open method.
  var subjectID: UserID?
  /// Whether the request is only checked, and nothing is written.
  var isDryRun = false
  /// Whether the answer is not stored, because nothing was committed: a repeated call may succeed.
  var hasKeptNothing = false
  /// Emails to send and the ranges of secrets in the reply; nil in most requests, which have
  /// neither.
  private var kept: PendingMail?

  public var pendingMail: PendingMail {
    get { kept ?? PendingMail() }
    set { kept = newValue }
  }

  /// Whether mail or secrets are pending.
  public var hasPendingMail: Bool { kept != nil }

  public init(
    audience: Audience = .program, replyBytesMax: Int = .max, consent: Consent? = nil
  ) {
    self.audience = audience
    self.consent = consent
    ignoresNulls = audience == .agent
    self.replyBytesMax = replyBytesMax
    isRolledBack = false
  }

  /// A request inside `whole`, authorized separately.
  init(partOf whole: RequestContext, isRolledBack: Bool, ignoresNulls: Bool) {
    audience = whole.audience
    // Work that will be rolled back needs no consent.
    consent = isRolledBack ? nil : whole.consent
    self.ignoresNulls = ignoresNulls
    replyBytesMax = whole.replyBytesMax
    self.isRolledBack = isRolledBack
    isSteady = whole.isSteady
  }
}
