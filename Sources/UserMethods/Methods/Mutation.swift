internal import Contract
internal import JSON
internal import Users

/// Methods that change something. A call with a repeated idempotency key gets the first answer
/// again.
enum Mutation {
  static func declaration<P: MutationParams>(
    _ params: P.Type, _ name: StaticString, _ summary: Words, access: Access,
    effect: Effect = .write, isIdempotent: Bool, runsOthers: Bool = false, tool: MCPTool? = nil,
    refusals: [Failure.Kind] = [],
    result: @autoclosure @escaping @Sendable () -> Schema,
    examples: @autoclosure @escaping @Sendable () -> [MethodExample]
  ) -> Declaration<P> {
    Declaration(
      params, name, summary, access: access, effect: effect, isIdempotent: isIdempotent,
      runsOthers: runsOthers, tool: tool, refusals: refusals + [.conflict], result: result(),
      examples: examples())
  }

  static func method<P: MutationParams, Store: UserStore>(
    _ declaration: Declaration<P>,
    run: @escaping (P, ScopedStore<Store>, inout ByteBuffer) throws(Failure) -> Void
  ) -> Method<StoreAccessControl<Store>> {
    method(
      declaration, prepare: { (_, _, _) in },
      run: { (params, _, store, out) throws(Failure) in try run(params, store, &out) })
  }

  static func method<P: MutationParams, Store: UserStore, Prepared>(
    _ declaration: Declaration<P>,
    prepare: @escaping (P, StoreAccessControl<Store>, RequestContext) throws(Failure) -> Prepared,
    run: @escaping (P, Prepared, ScopedStore<Store>, inout ByteBuffer) throws(Failure) -> Void
  ) -> Method<StoreAccessControl<Store>> {
    let name = declaration.description.name
    return Method(declaration) { (params, control, request) throws(Failure) -> Prepared? in
      request.isDryRun = params.options.isDryRun
      if let call = params.options.keyed {
        try call.compare(control, request)
        if case .repeated = call.proof { return nil }
      }
      let prepared = try prepare(params, control, request)
      try params.options.keyed?.hashSecrets(control, request)
      return prepared
    } run: { (params, prepared, store, out) throws(Failure) in
      func answer(_ out: inout ByteBuffer) throws(Failure) {
        // Nothing was prepared for this repeated call, whose record has expired since the
        // comparison.
        guard let prepared else { throw StoreError.changed.failure }
        try run(params, prepared, store, &out)
      }
      guard let call = params.options.keyed else { return try answer(&out) }
      try answerOnce(call, name, store, &out, answer)
    }
  }

  /// Writes the stored answer if there is one. Otherwise runs the method and stores its answer.
  private static func answerOnce<Store: UserStore>(
    _ call: KeyedCall, _ name: StaticString, _ store: ScopedStore<Store>, _ out: inout ByteBuffer,
    _ run: (inout ByteBuffer) throws(Failure) -> Void
  ) throws(Failure) {
    let keyDigest = call.keyDigest(store.callerID, store.control.limits)
    let request = call.requestDigest(name, store.request)
    if let answer = try store.freshAnswer(to: keyDigest) {
      try call.check(answer, request, keyDigest, store)
      if !answer.isSound {
        throw StoreError.corrupt("the answer to an idempotency key is damaged").failure
      }
      return out.append(text: answer.text)
    }
    let start = out.count
    try run(&out)
    if store.request.hasKeptNothing { return }
    var answer = IdempotencyRecord(
      request: request, text: store.request.pendingMail.remembered(out, from: start),
      at: try store.now())
    answer.userID = store.request.subjectID
    if case .first(let hash) = call.proof { answer.proof = hash }
    try store.remember(answer, to: keyDigest, forgottenBefore: oldestAnswer(answer.at))
  }
}

/// The earliest time of answers that are still valid.
private func oldestAnswer(_ now: Timestamp) -> Timestamp {
  now.adding(-Int64(Lifetime.answerHours) * Lifetime.hourMs)
}

extension ScopedStore {
  func freshAnswer(to keyDigest: [UInt8]) throws(Failure) -> IdempotencyRecord? {
    let now = try now()
    return try answer(to: keyDigest).flatMap { $0.at > oldestAnswer(now) ? $0 : nil }
  }
}
