internal import Contract
internal import JSON
internal import Secrets

/// What every mutation takes.
struct MutationOptions {
  let expectedVersion: Version?
  let key: IdempotencyKey?
  let isDryRun: Bool
  /// What the request asks for, to tell whether another under the same key asks for the same.
  private let request: String

  /// `subject` stands for the params where they hold secrets: digests of those would be a way to
  /// guess them.
  init(_ v: inout ParamVisitor, subject: String? = nil) {
    expectedVersion = v.optional(
      "expected_version", "Refuse unless the account is at this version.")
    key = v.optional(
      "idempotency_key",
      "Names this call: a repetition within 24 hours has no effect and gets the first answer.")
    isDryRun = v.flag("dry_run", "Check everything and show the result, but keep nothing.")
    request = key == nil ? "" : subject ?? v.canonicalParams
  }

  func check(_ user: User) throws(Failure) {
    if let expectedVersion, expectedVersion.value != user.version {
      throw .versionMismatch(user.version)
    }
  }

  fileprivate func requestDigest(_ method: StaticString) -> [UInt8] {
    digest(Array("\(method)\n\(request)".utf8))
  }

  /// Keys are each caller's own, whatever the method, but what was answered without `--org` is not
  /// repeated with it; where nobody calls, they are each subject's.
  fileprivate func keyDigest(
    _ key: IdempotencyKey, _ caller: UserID?, _ limits: LaunchLimits
  ) -> [UInt8] {
    let organization = limits.organization ?? ""
    return digest(Array("\(caller?.text ?? request)\n\(organization)\n\(key.value)".utf8))
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
    isIdempotent: Bool, tool: AgentTool? = nil,
    result: @autoclosure @escaping @Sendable () -> Shape,
    examples: @autoclosure @escaping @Sendable () -> [MethodExample],
    prepare: ((inout P, Gate<Store>) throws(Failure) -> Void)? = nil,
    run: @escaping (P, Authorized<Store>, inout ByteBuffer) throws(Failure) -> Void
  ) -> Method<Gate<Store>> {
    Method(
      name, summary, access: access, effect: effect, isIdempotent: isIdempotent, tool: tool,
      result: result(), examples: examples(), prepare: prepare
    ) { (params: P, grant, out) throws(Failure) in
      guard let key = params.options.key, !params.options.isDryRun else {
        return try run(params, grant, &out)
      }
      let place = params.options.keyDigest(key, grant.callerID, grant.gate.limits)
      let request = params.options.requestDigest(name)
      if try grant.repeatAnswer(to: place, request, &out) { return }
      let start = out.count
      grant.gate.hasKeptNothing = false
      try run(params, grant, &out)
      if grant.gate.hasKeptNothing { return }
      try grant.remember(out, from: start, to: place, request)
    }
  }
}

extension Authorized {
  /// Answers as before, if this was asked before.
  fileprivate func repeatAnswer(
    to place: [UInt8], _ request: [UInt8], _ out: inout ByteBuffer
  ) throws(Failure) -> Bool {
    let answer = try store { store throws(StoreError) in try store.answer(to: place) }
    guard let answer, answer.at > oldestAnswer(try now()) else { return false }
    if answer.request != request { throw .idempotencyKeyReused }
    out.append(text: answer.text)
    return true
  }

  fileprivate func remember(
    _ out: borrowing ByteBuffer, from start: Int, to place: [UInt8], _ request: [UInt8]
  ) throws(Failure) {
    let now = try now()
    let text = gate.outbox.remembered(out, from: start)
    try store { store throws(StoreError) in
      try store.remember(
        Answer(request: request, text: text, at: now), to: place,
        forgottenBefore: oldestAnswer(now))
    }
  }

  private func oldestAnswer(_ now: Timestamp) -> Timestamp {
    now.adding(-Int64(Lifetime.answerHours) * Lifetime.hourMs)
  }
}
