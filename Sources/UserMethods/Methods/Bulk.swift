internal import Contract
internal import JSON
internal import Users

enum Bulk {
  /// Runs methods of `methods` that need a capability and change something.
  static func method<Store: UserStore>(of methods: [Method<Gate<Store>>]) -> Method<Gate<Store>> {
    let methods = methods.filter(\.about.isInBulk)
    return Mutation.method(declaration) { (params, gate, request) throws(Failure) in
      try prepared(params, methods, gate, request)
    } run: { (params, calls, store, out) throws(Failure) in
      try run(params, calls, store, &out)
    }
  }

  private static func prepared<Store: UserStore>(
    _ bulk: BulkParams, _ methods: [Method<Gate<Store>>], _ gate: Gate<Store>,
    _ request: RequestContext
  ) throws(Failure) -> [Result<PreparedCall<Store>, Failure>] {
    // All of it is one group, so it can't wait for letters of those before it when it has begun.
    if !request.waitingLetters.isEmpty { throw .notYet }
    // What an agent may not call by itself it may not call through a bulk.
    let isForAgent = request.audience == .agent
    let methods = isForAgent ? methods.filter { gate.isTool($0.about) } : methods
    var calls: [Result<PreparedCall<Store>, Failure>] = []
    for operation in bulk.operations.values {
      let isTool = isForAgent && methods.contains { $0.about.toolName == operation.method }
      let named = methods.first {
        (isTool ? $0.about.toolName : $0.about.name.description) == operation.method
      }
      guard let method = named else {
        calls.append(.failure(.notInBulk(operation.method, methods.map(\.about))))
        continue
      }
      // The name says whose params they are: the method's, which null clears, or the tool's.
      let part = RequestContext(
        partOf: request, isRehearsal: bulk.options.isDryRun, ignoresNulls: isTool)
      do {
        let run = try method.prepared(operation.params, gate, part)
        calls.append(.success(PreparedCall(request: part, run: run)))
      } catch {
        if error.handling != .told { throw error }
        calls.append(.failure(error))
      }
    }
    return calls
  }

  private static func run<Store: UserStore>(
    _ params: BulkParams, _ calls: [Result<PreparedCall<Store>, Failure>],
    _ store: ScopedStore<Store>, _ out: inout ByteBuffer
  ) throws(Failure) {
    store.request.isLong = true
    let start = out.count
    // All of it is found that a person has to agree to, and undone if they have not.
    let consent = store.request.consent
    consent?.isDeferred = true
    let isPart = params.isAtomic || params.options.isDryRun || consent != nil
    if isPart { try store.beginPart() }
    var failed: (at: Int, failure: Failure)?
    let head = BulkHead(isCommitted: !params.options.isDryRun)
    try outcome.write(head, into: &out) { (out) throws(Failure) in
      for (at, call) in calls.enumerated() {
        // What is too long to be sent is undone by whoever sends it.
        if out.count - start > store.request.replyBytesMax { break }
        let failure = try write(call, store, &out)
        Failpoint.hit(.operationDone)
        if let failure, params.isAtomic {
          failed = (at, failure)
          break
        }
      }
      return NoMembers()
    }
    let isTooLong = out.count - start > store.request.replyBytesMax
    let isKept = failed == nil && !params.options.isDryRun && !isTooLong
    do throws(Failure) { if isKept { try consent?.settle() } } catch {
      try store.endPart(isKept: false)
      throw error
    }
    if isPart { try store.endPart(isKept: isKept) }
    guard let failed else { return }
    out.truncate(to: start)
    store.request.outbox = Outbox()
    store.request.hasKeptNothing = true
    try outcome.write(BulkHead(isCommitted: false), into: &out) { (out) in
      for at in calls.indices {
        out.element()
        write(at == failed.at ? failed.failure : .notCommitted(failed.at), &out)
      }
      return NoMembers()
    }
  }

  /// Does one operation; gives its failure.
  private static func write<Store: UserStore>(
    _ call: Result<PreparedCall<Store>, Failure>, _ store: ScopedStore<Store>,
    _ out: inout ByteBuffer
  ) throws(Failure) -> Failure? {
    out.element()
    let start = out.count
    do throws(Failure) {
      out.append("{\"result\":")
      let call = try call.get()
      try call.run(&out)
      store.request.outbox.take(call.request.outbox)
      out.append("}")
      return nil
    } catch {
      // Without the store there is no going on.
      if error.isStorage { throw error }
      out.truncate(to: start)
      write(error, &out)
      return error
    }
  }

  private static func write(_ failure: Failure, _ out: inout ByteBuffer) {
    out.append("{\"error\":")
    failure.write(into: &out)
    out.append("}")
  }
}

/// One entry as far as it needs no transaction, with the request that it is.
private struct PreparedCall<Store: UserStore> {
  let request: RequestContext
  let run: Method<Gate<Store>>.Call
}

struct BulkParams: MutationParams {
  let operations: Operations
  let isAtomic: Bool
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    operations = v.required("operations", "What to do, in order; each is authorized by itself.")
    isAtomic = v.flag("atomic", "Keep all of it or nothing.")
    options = MutationOptions(&v)
    if options.expectedVersion != nil {
      v.report("/expected_version", "goes with the operations, not with the bulk")
    }
  }
}

extension Bulk {
  private static let outcome = StreamedList(
    "results", "For each operation its result, or its error.", of: .map, before: BulkHead.self,
    after: NoMembers.self)

  static let declaration = Mutation.declaration(
    BulkParams.self,
    "users.bulk", "Does many changes in one transaction, one by one or all or nothing.",
    access: .authenticated, effect: .destructive, isIdempotent: false, runsOthers: true,
    tool: AgentTool(
      "An operation that goes by a tool's name takes its arguments. Look at each of results: without atomic "
        + "some may have failed."),
    result: outcome.shape,
    examples: [
      MethodExample(
        "One that succeeds, and one that fails",
        [
          "operations": [
            ["method": "users.delete", "params": ["user_id": "mara@acme.example"]],
            ["method": "users.delete", "params": ["user_id": "nobody@acme.example"]],
          ]
        ],
        result: [
          "committed": true,
          "results": [
            ["result": true], ["error": ExampleValue { Failure.userNotFound.write(into: &$0) }],
          ],
        ])
    ])
}
