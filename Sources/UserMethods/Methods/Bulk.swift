internal import Contract
internal import JSON
internal import Users

enum Bulk {
  /// Runs those of `methods` that need a capability and change something.
  static func method<Store: UserStore>(of methods: [Method<StoreAccessControl<Store>>]) -> Method<
    StoreAccessControl<Store>
  > {
    let methods = methods.filter(\.description.isInBulk)
    return Mutation.method(declaration) { (params, control, request) throws(Failure) in
      try prepared(params, methods, control, request)
    } run: { (params, calls, store, out) throws(Failure) in
      try run(params, calls, store, &out)
    }
  }

  private static func prepared<Store: UserStore>(
    _ bulk: BulkParams, _ methods: [Method<StoreAccessControl<Store>>],
    _ control: StoreAccessControl<Store>,
    _ request: RequestContext
  ) throws(Failure) -> [Result<PreparedCall<Store>, Failure>] {
    // A bulk is one transaction, so it can't wait halfway for the emails of earlier requests.
    if !request.waitingLetters.isEmpty { throw .notYet }
    // An agent can't use a bulk to call methods that it has no tool for.
    let isForAgent = request.audience == .agent
    let methods = isForAgent ? methods.filter { control.isTool($0.description) } : methods
    var calls: [Result<PreparedCall<Store>, Failure>] = []
    for operation in bulk.operations.values {
      let isTool = isForAgent && methods.contains { $0.description.toolName == operation.method }
      let named = methods.first {
        (isTool ? $0.description.toolName : $0.description.name.description) == operation.method
      }
      guard let method = named else {
        calls.append(.failure(.notInBulk(operation.method, methods.map(\.description))))
        continue
      }
      // In params for a method, null clears a field; in a tool's arguments, it means absent.
      let part = RequestContext(
        partOf: request, isRolledBack: bulk.options.isDryRun, ignoresNulls: isTool)
      do {
        let run = try method.prepared(operation.params, control, part)
        calls.append(.success(PreparedCall(request: part, run: run)))
      } catch {
        if error.handling != .reported { throw error }
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
    // All changes that need consent are collected; without consent the bulk is rolled back.
    let consent = store.request.consent
    consent?.isDeferred = true
    let isPart = params.isAtomic || params.options.isDryRun || consent != nil
    if isPart { try store.beginSavepoint() }
    var failed: (at: Int, failure: Failure)?
    let head = BulkHead(isCommitted: !params.options.isDryRun)
    try outcome.write(head, into: &out) { (out) throws(Failure) in
      for (at, call) in calls.enumerated() {
        // The server rolls back a request whose reply is too long.
        if out.count - start > store.request.replyBytesMax { break }
        let failure = try write(call, store, &out)
        Failpoint.hit(.operationDone)
        if let failure, params.isAtomic {
          failed = (at, failure)
          break
        }
      }
      return NoFields()
    }
    let isTooLong = out.count - start > store.request.replyBytesMax
    let isKept = failed == nil && !params.options.isDryRun && !isTooLong
    do throws(Failure) { if isKept { try consent?.settle() } } catch {
      try store.endSavepoint(isKept: false)
      throw error
    }
    if isPart { try store.endSavepoint(isKept: isKept) }
    guard let failed else { return }
    out.truncate(to: start)
    store.request.pendingMail = PendingMail()
    store.request.hasKeptNothing = true
    try outcome.write(BulkHead(isCommitted: false), into: &out) { (out) in
      for at in calls.indices {
        out.element()
        write(at == failed.at ? failed.failure : .notCommitted(failed.at), &out)
      }
      return NoFields()
    }
  }

  /// Runs one operation; returns its failure, if any.
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
      store.request.pendingMail.take(call.request.pendingMail)
      out.append("}")
      return nil
    } catch {
      // After a storage error the bulk can't continue.
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

/// One operation, prepared as far as possible without a transaction, with its request.
private struct PreparedCall<Store: UserStore> {
  let request: RequestContext
  let run: Method<StoreAccessControl<Store>>.Call
}

struct BulkParams: MutationParams {
  let operations: Operations
  let isAtomic: Bool
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    operations = v.required(
      "operations", "The operations, in order; each is authorized separately.")
    isAtomic = v.flag("atomic", "Commit all operations or none.")
    options = MutationOptions(&v)
    if options.expectedVersion != nil {
      v.report("/expected_version", "belongs to the operations, not to the bulk")
    }
  }
}

extension Bulk {
  private static let outcome = StreamedList(
    "results", "For each operation its result, or its error.", of: .freeObject,
    before: BulkHead.self,
    after: NoFields.self)

  static let declaration = Mutation.declaration(
    BulkParams.self,
    "users.bulk", "Runs many operations in one transaction: each on its own, or all or nothing.",
    access: .authenticated, effect: .destructive, isIdempotent: false, runsOthers: true,
    tool: MCPTool(
      "An operation named by a tool takes the tool's arguments. Check each entry of results: without atomic "
        + "some may have failed."),
    result: outcome.schema,
    examples: [
      MethodExample(
        "One operation succeeds, and one fails",
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
