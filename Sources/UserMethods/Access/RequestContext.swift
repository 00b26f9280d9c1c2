public import Contract
public import Users

/// What belongs to one request: made with it, and dropped with it. Nothing of it outlives the
/// request on an object that others share.
public final class RequestContext: MethodRequest {
  /// Who reads the answer.
  public enum Audience: Sendable {
    case program
    /// A model: it is shown no secret and shorter pages, and gets only what it has a tool for.
    case agent
  }

  public let audience: Audience
  /// Agents' hosts fill in null for what a model does not give.
  public let ignoresNulls: Bool
  /// What a person has to agree to, for what agents ask for; nil where nobody is asked.
  let consent: Consent?
  /// How long the answer may be.
  public let replyBytesMax: Int
  /// Whether what it does will be undone: no secret is made for it.
  let isRehearsal: Bool

  /// Whether the store is to stand still for as long as the request reads: others have kept changing it.
  public var isSteady = false
  /// The accounts that letters of the same group wait for: whether they leave decides on another one.
  public var waitingLetters: Set<UserID> = []
  /// Set by what may have taken long.
  public internal(set) var isLong = false
  /// The calling account; nil in an open method.
  var caller: Caller?
  /// Whose secret was presented, in an open method.
  var subjectID: UserID?
  /// Whether all is only checked, and nothing written.
  var isDryRun = false
  /// Set by what answers without having kept anything: repeated, it may have an effect.
  var hasKeptNothing = false
  /// Letters to send, and where secrets stand in the reply; nil for none, as in most requests.
  private var kept: Outbox?

  public var outbox: Outbox {
    get { kept ?? Outbox() }
    set { kept = newValue }
  }

  /// Whether something is in the outbox.
  public var hasOutbox: Bool { kept != nil }

  public init(
    audience: Audience = .program, replyBytesMax: Int = .max, consent: Consent? = nil
  ) {
    self.audience = audience
    self.consent = consent
    ignoresNulls = audience == .agent
    self.replyBytesMax = replyBytesMax
    isRehearsal = false
  }

  /// One that is a part of `whole`, authorized by itself.
  init(partOf whole: RequestContext, isRehearsal: Bool, ignoresNulls: Bool) {
    audience = whole.audience
    // What will be undone needs nobody's consent.
    consent = isRehearsal ? nil : whole.consent
    self.ignoresNulls = ignoresNulls
    replyBytesMax = whole.replyBytesMax
    self.isRehearsal = isRehearsal
    isSteady = whole.isSteady
  }
}
