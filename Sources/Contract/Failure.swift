public import JSON

/// An error that a caller can get: a stable kind and reason for programs, a sentence for people.
///
/// JSON-RPC and MCP define the negative codes. All other codes are positive, outside the range that
/// JSON-RPC reserves.
public struct Failure: Error {
  public enum Kind: String, Sendable, CaseIterable {
    case parseError = "parse_error"
    case invalidRequest = "invalid_request"
    case methodNotFound = "method_not_found"
    case invalidParams = "invalid_params"
    case internalError = "internal_error"
    case unauthenticated
    case permissionDenied = "permission_denied"
    case notFound = "not_found"
    case conflict
    case failedPrecondition = "failed_precondition"
    case tooLarge = "too_large"
    case rateLimited = "rate_limited"
    case storageUnavailable = "storage_unavailable"
    case storageFull = "storage_full"
    case outcomeUnknown = "outcome_unknown"
    /// Defined by MCP, for requests that name a version of MCP.
    case unsupportedVersion = "unsupported_version"

    public var code: Int {
      switch self {
      case .parseError: -32700
      case .invalidRequest: -32600
      case .methodNotFound: -32601
      case .invalidParams: -32602
      case .internalError: -32603
      case .unauthenticated: 401
      case .permissionDenied: 403
      case .notFound: 404
      case .conflict: 409
      case .failedPrecondition: 412
      case .tooLarge: 413
      case .rateLimited: 429
      case .storageUnavailable: 503
      case .storageFull: 507
      case .outcomeUnknown: 520
      case .unsupportedVersion: -32022
      }
    }

    /// One sentence that is true for all errors of this kind.
    public var summary: String {
      switch self {
      case .parseError: "The message is not JSON."
      case .invalidRequest: "The message is not a request."
      case .methodNotFound: "There is no such method."
      case .invalidParams: "The params are not valid; data.errors lists every problem."
      case .internalError: "An error occurred inside Roster."
      case .unauthenticated: "There is no caller, or its token or password is not valid."
      case .permissionDenied:
        "The caller does not hold the capability, or the launch options exclude it."
      case .notFound: "The account or token does not exist for this caller."
      case .conflict:
        "The value is taken, the account has changed, or the key was used for another call."
      case .failedPrecondition: "The state of the account, or a rule, does not allow this now."
      case .tooLarge: "The request or the reply is larger than the limit."
      case .rateLimited: "Too many attempts; data.retry_after_seconds says how long to wait."
      case .storageUnavailable: "The store is not available now; nothing was changed."
      case .storageFull: "The disk is full; nothing was changed."
      case .outcomeUnknown: "The store could not confirm whether the change was committed."
      case .unsupportedVersion: "This version of the protocol is not supported."
      }
    }
  }

  /// One problem with the params, and its location: a JSON pointer into `params`.
  public struct Problem: Equatable, Sendable {
    public let pointer: String
    public let message: String

    public init(_ pointer: String, _ message: String) {
      self.pointer = pointer
      self.message = message
    }
  }

  /// A value that a program may need, such as the current version.
  public enum Fact: Sendable {
    case number(Int)
    case text(String)
    case texts([String])
  }

  public let kind: Kind
  public let reason: String?
  public let message: String
  /// What to do about it.
  public let hint: Words
  /// Whether the same request may succeed later.
  public let isRetryable: Bool
  public let problems: [Problem]
  public let facts: [(name: StaticString, value: Fact)]

  /// What happens to a request that fails with this error.
  public enum Handling: Sendable {
    /// The caller gets the error.
    case reported
    /// The request runs again after the commit: it takes long, and the transaction blocks other
    /// processes.
    case afterCommit
    /// The request runs again, because the store has changed since it began. If that keeps
    /// happening, the caller gets the error.
    case anew
  }
  public let handling: Handling

  public init(
    _ kind: Kind, reason: String? = nil, _ message: String, hint: Words,
    isRetryable: Bool = false, problems: [Problem] = [],
    facts: [(name: StaticString, value: Fact)] = [], handling: Handling = .reported
  ) {
    self.kind = kind
    self.reason = reason
    self.message = message
    self.hint = hint
    self.isRetryable = isRetryable
    self.problems = problems
    self.facts = facts
    self.handling = handling
  }

  /// Invalid params; every problem is listed.
  public static func invalidParams(_ problems: [Problem]) -> Failure {
    let first = problems.first.map {
      " \($0.pointer.isEmpty ? "params" : $0.pointer): \($0.message)"
    }
    let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
    return Failure(
      .invalidParams, "The params have \(count):\(first ?? "")",
      hint:
        "Correct what data.errors lists; \(method: "rpc.discover") describes the params of every method.",
      problems: problems)
  }

  /// An unexpected error; its message does not reveal what happened.
  public static var internalError: Failure {
    Failure(
      .internalError, "An error occurred inside Roster.",
      hint:
        "Try again. If it happens again, start Roster with ROSTER_LOG=debug and report what it prints."
    )
  }

  /// Whether the store or Roster itself caused the error, and not the request.
  public var isStorage: Bool {
    switch kind {
    case .storageUnavailable, .storageFull, .outcomeUnknown, .internalError: true
    default: false
    }
  }

  /// The error for a log: `409 email_taken`.
  public var word: String { "\(kind.code) \(reason ?? kind.rawValue)" }

  /// Writes the error as one object: code, message and data.
  public func write(into out: inout ByteBuffer) {
    out.append("{")
    out.field("code")
    out.write(kind.code)
    out.field("message")
    out.write(message)
    out.field("data")
    writeData(into: &out)
    out.append("}")
  }

  /// Writes the error's `data`. `name` returns the name by which the reader of the hint knows a
  /// method.
  public func writeData(
    into out: inout ByteBuffer, naming name: (StaticString) -> String = \.description
  ) {
    out.append("{")
    out.field("kind")
    out.write(kind.rawValue)
    if let reason {
      out.field("reason")
      out.write(reason)
    }
    if !problems.isEmpty {
      out.field("errors")
      out.append("[")
      for problem in problems {
        out.element()
        out.append("{")
        out.field("pointer")
        out.write(problem.pointer)
        out.field("message")
        out.write(problem.message)
        out.append("}")
      }
      out.append("]")
    }
    for fact in facts {
      out.field(fact.name)
      switch fact.value {
      case .number(let number): out.write(number)
      case .text(let text): out.write(text)
      case .texts(let texts): texts.write(into: &out)
      }
    }
    out.field("retryable")
    out.write(isRetryable)
    out.field("hint")
    out.write(hint.text(naming: name))
    out.append("}")
  }
}
