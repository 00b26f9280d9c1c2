internal import Contract
internal import JSON
internal import Secrets
internal import Users

/// What every mutation takes.
struct MutationOptions {
  let expectedVersion: Version?
  let isDryRun: Bool
  /// What the key stands for; nil for a call without one, and for a dry run.
  fileprivate let keyed: KeyedCall?

  /// `subject` and `request` stand for the params where they hold secrets: digests of those would be a
  /// way to guess them.
  init(
    _ v: inout ParamVisitor, subject: String? = nil, request: String = "", secrets: [String] = []
  ) {
    let version: Version? = v.optional(
      "expected_version", "Refuse at any other version.")
    let key: IdempotencyKey? = v.optional(
      "idempotency_key",
      "A repetition within 24 hours has no effect.")
    isDryRun = v.flag("dry_run", "Show what would be, and keep nothing.")
    expectedVersion = version
    guard let key, !isDryRun else {
      keyed = nil
      return
    }
    let asked = "\(subject ?? "")\n\(request)\n\(version.map { "\($0.value)" } ?? "")"
    keyed = KeyedCall(
      key, subject: subject ?? "", request: subject == nil ? v.canonicalParams : asked, secrets)
  }

  func check(_ user: User) throws(Failure) {
    if let expectedVersion, expectedVersion.value != user.version {
      throw .versionMismatch(user.version)
    }
  }
}

/// A call that is answered once, however often it is repeated.
private final class KeyedCall {
  private let key: IdempotencyKey
  /// Whose key it is where nobody calls.
  private let subject: String
  /// What the request asks for, to tell whether another under the same key asks for the same.
  private let request: String
  /// The passwords that the call came with, in one text; nil for a call without.
  let secrets: String?
  /// What came of comparing them with those of the first call.
  var proof = Proof.none

  enum Proof {
    case none
    /// The first call under its key: what later ones have to fit.
    case first(PasswordHash)
    case repeated(isProven: Bool)
  }

  init(_ key: IdempotencyKey, subject: String, request: String, _ secrets: [String]) {
    self.key = key
    self.subject = subject
    self.request = request
    // With their lengths, so that different ones differ.
    let parts = secrets.map { "\($0.utf8.count) \($0)" }
    self.secrets = secrets.isEmpty ? nil : parts.joined(separator: "\n")
  }

  /// The same words mean something else to an agent's tools.
  func requestDigest(_ method: StaticString, _ context: RequestContext) -> [UInt8] {
    let way = context.audience == .program ? "" : context.ignoresNulls ? "\ntool" : "\nagent"
    return digest(Array("\(method)\n\(request)\(way)".utf8))
  }

  /// Keys are each caller's own, whatever the method, but what was answered without `--org` is not
  /// repeated with it; where nobody calls, they are each subject's.
  func place(_ caller: UserID?, _ limits: LaunchLimits) -> [UInt8] {
    let organization = limits.organization ?? ""
    return digest(Array("\(caller?.text ?? subject)\n\(organization)\n\(key.value)".utf8))
  }
}

/// A text that a client makes up for one call.
struct IdempotencyKey: BoundedText {
  let value: String
  static let length = 1...255
  init(unchecked value: String) { self.value = value }
}

struct Version: WholeNumber {
  static let range = 1...Int.max
  let value: Int

  init(unchecked value: Int) { self.value = value }
}

/// Params of a method that changes something.
protocol MutationParams: Params {
  var options: MutationOptions { get }
}

/// Methods that change something: a call with a key that was answered before is answered so again.
enum Mutation<Store: UserStore> {
  static func method<P: MutationParams>(
    _ name: StaticString, _ summary: String, access: Access, effect: Effect = .write,
    isIdempotent: Bool, runsOthers: Bool = false, tool: AgentTool? = nil,
    refusals: [Failure.Kind] = [],
    result: @autoclosure @escaping @Sendable () -> Shape,
    examples: @autoclosure @escaping @Sendable () -> [MethodExample],
    prepare: ((inout P, Gate<Store>, RequestContext) throws(Failure) -> Void)? = nil,
    run: @escaping (P, ScopedStore<Store>, inout ByteBuffer) throws(Failure) -> Void
  ) -> Method<Gate<Store>> {
    let prepareOnce = {
      (params: inout P, gate: Gate<Store>, request: RequestContext) throws(Failure) in
      request.isDryRun = params.options.isDryRun
      if let call = params.options.keyed {
        try call.compare(gate, request)
        if case .repeated = call.proof { return }
      }
      try prepare?(&params, gate, request)
      try params.options.keyed?.hashSecrets(gate, request)
    }
    return Method(
      name, summary, access: access, effect: effect, isIdempotent: isIdempotent,
      runsOthers: runsOthers, tool: tool, refusals: refusals + [.conflict], result: result(),
      examples: examples(),
      prepare: prepareOnce
    ) { (params: P, store, out) throws(Failure) in
      guard let call = params.options.keyed else { return try run(params, store, &out) }
      try answerOnce(call, name, store, &out) { (out) throws(Failure) in
        try run(params, store, &out)
      }
    }
  }

  /// Answers as before, if this was asked before; else runs, and remembers.
  private static func answerOnce(
    _ call: KeyedCall, _ name: StaticString, _ store: ScopedStore<Store>, _ out: inout ByteBuffer,
    _ run: (inout ByteBuffer) throws(Failure) -> Void
  ) throws(Failure) {
    let place = call.place(store.callerID, store.gate.limits)
    let request = call.requestDigest(name, store.request)
    if let answer = try store.freshAnswer(to: place) {
      try call.check(answer, request, place, store)
      return out.append(text: answer.text)
    }
    let start = out.count
    try run(&out)
    if store.request.hasKeptNothing { return }
    var answer = Answer(
      request: request, text: store.request.outbox.remembered(out, from: start),
      at: try store.now())
    answer.userID = store.request.subjectID
    if case .first(let hash) = call.proof { answer.proof = hash }
    try store.remember(answer, to: place, forgottenBefore: oldestAnswer(answer.at))
  }
}

/// Answers are remembered for so long.
private func oldestAnswer(_ now: Timestamp) -> Timestamp {
  now.adding(-Int64(Lifetime.answerHours) * Lifetime.hourMs)
}

extension ScopedStore {
  fileprivate func freshAnswer(to place: [UInt8]) throws(Failure) -> Answer? {
    let now = try now()
    return try answer(to: place).flatMap { $0.at > oldestAnswer(now) ? $0 : nil }
  }
}

// A call that comes with passwords and a key proves by them, when it is repeated, that it is the same:
// by an Argon2id hash that is kept with the answer, as slow to guess as the account's own.
extension KeyedCall {
  /// Compares the passwords with those of the first call, if there was one, before the store is locked.
  func compare<Store>(_ gate: Gate<Store>, _ request: RequestContext) throws(Failure) {
    guard let secrets else { return }
    let isProven = try gate.slowly(request) { () throws(Failure) -> Bool? in
      let store = try gate.peek(request)
      let place = place(nil, gate.limits)
      guard let answer = try store.freshAnswer(to: place) else { return nil }
      try store.checkPace(of: try store.guessed(by: answer, place))
      return answer.proof?.fits(secrets) ?? false
    }
    if let isProven { proof = .repeated(isProven: isProven) }
  }

  /// Hashes the passwords of a first call, for what may repeat it.
  func hashSecrets<Store>(_ gate: Gate<Store>, _ request: RequestContext) throws(Failure) {
    guard let secrets else { return }
    proof = try gate.slowly(request) { () throws(Failure) in
      guard let hash = PasswordHash(of: secrets) else { throw .outOfMemory }
      return .first(hash)
    }
  }

  /// Refuses what is not the call that was answered. A wrong password is a failure to sign in.
  func check<Store>(
    _ answer: Answer, _ request: [UInt8], _ place: [UInt8], _ store: ScopedStore<Store>
  ) throws(Failure) {
    if answer.request != request { throw .idempotencyKeyReused }
    guard let secrets else { return }
    var isProven = false
    if case .repeated(let known) = proof {
      isProven = known
    } else {
      // The first call has come in between.
      isProven = try store.gate.slowly(store.request) { () throws(Failure) in
        answer.proof?.fits(secrets) ?? false
      }
    }
    if isProven { return }
    // What an older Roster answered proves nothing, neither way.
    if answer.proof == nil { throw .idempotencyKeyReused }
    try store.countFailure(of: try store.guessed(by: answer, place))
    throw .idempotencyKeyReused
  }
}

extension ScopedStore {
  /// What wrong passwords for this answer are counted under: those of its account, or the key's own
  /// where the account is gone.
  fileprivate func guessed(by answer: Answer, _ place: [UInt8]) throws(Failure) -> [UInt8] {
    guard let id = answer.userID, let email = try userIfAny(.id(id))?.email else { return place }
    return Email(unchecked: email).attemptSubject
  }
}
