import Contract
import Users

@testable import JSON
@testable import JSONRPC
@testable import MCP
@testable import Server
@testable import UserMethods

extension DocumentTables {
  /// A row for each kind; the kinds with codes of JSON-RPC come first.
  static var errors: MarkdownTable {
    MarkdownTable(
      "Code", "Kind", "Reasons", "Meaning", "May succeed later",
      rows: kinds.map { kind in
        let failures = failures.filter { $0.kind == kind }
        return [
          "\(kind.code)", kind.rawValue.asCode, unique(failures.compactMap(\.reasonWords)),
          kind.summary.asText, retry(failures),
        ]
      })
  }

  private static var kinds: [Failure.Kind] {
    let all = Failure.Kind.allCases
    return all.filter { $0.code < 0 } + all.filter { $0.code > 0 }
  }

  /// The errors of a kind after which a repeated call may succeed.
  private static func retry(_ failures: [Failure]) -> String {
    let retryable = failures.filter(\.isRetryable)
    if retryable.count == failures.count { return "yes" }
    return unique(retryable.map { $0.reasonWords ?? "without a reason" })
  }

  private static func unique(_ words: [String]) -> String {
    words.indices.filter { words.firstIndex(of: words[$0]) == $0 }.map { words[$0] }
      .joined(separator: ", ")
  }

  /// The errors that callers can get, with sample values. A test finds missing reasons.
  static let failures: [Failure] = envelope + callers + rules + agents + stores

  /// Errors of the message, before a method runs.
  private static let envelope: [Failure] = [
    .parseError(JSONSyntaxError(offset: 17, reason: "unexpected end of the text")),
    .header(.notAHeader), .invalidRequest("\"method\" must be a string."), .shutDown,
    .methodNotFound("users", known: []), .unsupportedVersion("1999-12-31"),
    .invalidParams([.init("/limit", "must be 1 to 1000, not 0")]),
    .internalError, .outOfMemory,
    .messageTooLarge(WireLimits().lineBytesMax), .batchTooLarge(1001), .replyTooLarge,
    .metadataTooLarge,
  ]

  /// Errors about the caller, and about a sign-in.
  private static let callers: [Failure] = [
    .noCredential, .unknownToken, .expiredToken, .disabledCaller, .invalidCredentials,
    .readOnlyLaunch, .outsideOrganization, .permissionDenied(.purge, .roles),
    .beyondAccount(.invite), .beyondOwn("admin", .capability(.create)), .profileOnly,
    .internalBeyondCaller(.delete), .toolNeeded("users_invite", for: .invite), .tooManyAttempts(30),
    .tooManyLetters(30), .passwordChangeRequired, .noSession, .unknownSecret,
  ]

  /// Errors about accounts.
  private static let rules: [Failure] = [
    .userNotFound, .tokenNotFound, Conflict.email.failure, Conflict.username.failure,
    Conflict.oauthIdentity.failure, .versionMismatch(7), .idempotencyKeyReused,
    .feedChanged(after: 42), .ownAccount("delete"), .ownerOnly, .lastOwner, .internalUser,
    .managedByOAuth, .signsInElsewhere, .emailUnverified(hasPassword: true), .notInvited(stranger),
    .stillInvited, .disabledAccount(reason: "account_disabled", for: "password"), .noEmail,
    .tooManyTokens(1000), .notCommitted(3),
  ]

  /// Errors about requests of agents.
  private static let agents: [Failure] = [
    .mailNeeded, .confirmationNeeded(1), .confirmationLate, .notConfirmed, .nobodyConfirmed,
    .tooManyToConfirm(101, 100), .confirmationStale, .confirmationForged, .tooManyQuestions(16),
  ]

  private static let stores: [Failure] = [
    StoreError.busy, .failed("disk I/O error"), .clockPastIDs, .readOnly, .moved,
    .corrupt("a page does not match its checksum"), .newerVersion, .full, .outcomeUnknown,
  ].map(\.failure)

  private static var stranger: User { User(id: UserID(key: 0, tail: 0)) }
}

extension Failure {
  /// The reason as code. A capability, which is a reason too, is replaced by a phrase.
  fileprivate var reasonWords: String? {
    reason.map { Capability(rawValue: $0) == nil ? $0.asCode : "the capability that is missing" }
  }
}
