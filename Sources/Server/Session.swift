public import Contract
public import JSON
internal import JSONRPC
internal import MCP
public import UserMethods
public import Users

/// Answers messages from bytes into a buffer. Does not use file descriptors.
public struct Session<Store: UserStore>: ~Copyable {
  let control: StoreAccessControl<Store>
  let catalog: Catalog<StoreAccessControl<Store>>
  var runner: TransactionRunner<Store>
  var parser = JSONParser()
  /// How the client has written its latest requests.
  private var shape = RequestShape()
  /// The batch that is being answered, in one transaction or in several.
  private var batch: BatchProgress?
  private var lifecycle = LSPLifecycle()
  /// The tool calls that wait for a person.
  var questions = Questions()
  /// These three values as they were when the transaction began, in case it has to be repeated.
  private var before = (
    batch: BatchProgress?.none, lifecycle: LSPLifecycle(), questions: Questions()
  )
  /// The messages that the transaction has written.
  var replies = TransactionReplies()
  /// Made at first use.
  private var mcp: MCPServer?
  /// Whether an array is a batch. If not, it is invalid.
  var takesBatches = true
  /// The text before the name of a method in hints: `roster call ` in a shell.
  private let methodPrefix: String
  let isLogged = Log.isInfo
  /// The requests of this transaction, which are logged after its commit.
  var requestLog: [Log.Request] = []

  public init(
    control: StoreAccessControl<Store>, store: Store, catalog: Catalog<StoreAccessControl<Store>>,
    deliver: Postman? = nil, methodPrefix: String = ""
  ) {
    self.control = control
    self.catalog = catalog
    self.methodPrefix = methodPrefix
    runner = TransactionRunner(control: control, store: store, deliver: deliver)
  }

  public enum TransactionStart {
    case anew
    /// The same messages again. With a refusal, every write fails with it.
    case again(refusingWrites: Failure?)
  }

  /// Starts a transaction.
  public mutating func beginTransaction(_ start: TransactionStart = .anew) {
    replies.begin()
    requestLog.removeAll(keepingCapacity: true)
    switch start {
    case .anew:
      runner.begin(refusingWrites: nil)
      before = (batch, lifecycle, questions)
    case .again(let refusal):
      runner.begin(refusingWrites: refusal)
      (batch, lifecycle, questions) = before
    }
  }

  /// Whether the transaction has to end before the next request. Must be called once before each.
  mutating func isTransactionOver() -> Bool { runner.isTransactionOver() }

  /// Whether the latest message, or the rest of a batch, has to be answered again at the start of
  /// the next transaction.
  var isPostponed: Bool { runner.isPostponed }

  /// Whether a batch is partly answered: its next entry begins the next transaction.
  var isInBatch: Bool { batch != nil }
  /// Where its replies begin in the output.
  var batchStart: Int? { batch?.start }

  /// Ends the batch early; the answers so far are its reply.
  mutating func endBatch(into out: inout ByteBuffer) {
    guard let start = batch?.start else { return }
    batch = nil
    if out.count == start + 1 { return out.truncate(to: start) }
    out.append("]")
    replies.end(from: start, in: &out)
  }

  /// Commits, then sends the pending mail and completes the replies, which `out` holds. Returns why
  /// the commit failed, or nil.
  public mutating func endTransaction(into out: inout ByteBuffer) -> Failure? {
    let told: [(offset: Int, isDelivered: Bool)]
    do throws(Failure) { told = try runner.end() } catch { return error }
    let missing = told.map { ($0.offset, $0.isDelivered ? "true" : "false" as StaticString) }
    let shift = replies.finish(missing, framed: !takesBatches, in: &out)
    batch?.start += shift
    Log.requests(requestLog)
    return nil
  }

  /// Whether the client has sent `exit`.
  var hasExited: Bool { lifecycle.hasExited }
  /// Whether it has sent `shutdown` before, as it should.
  var wasShutDown: Bool { lifecycle.isShutDown }

  /// Whether a person is being asked.
  var isAsking: Bool { !questions.isEmpty }

  var isSubscribed: Bool { control.subscription != nil }

  /// Notifies the subscriber of some events.
  func writeEvents(into out: inout ByteBuffer) -> PendingEvents {
    if control.subscription == nil { return .none }
    var events = TransactionReplies()
    let pending = control.takeEvents { told in
      let start = out.count
      out.write(told)
      events.end(from: start, in: &out)
    }
    _ = events.finish(framed: !takesBatches, in: &out)
    return pending
  }

  /// Returns true if this has to be called again soon.
  public func recordTokenUse() -> Bool { control.recordTokenUse() }

  /// Answers one message; writes nothing if no reply is due.
  public mutating func answer(_ line: UnsafeBufferPointer<UInt8>, into out: inout ByteBuffer) {
    let start = out.count
    runner.isPostponed = false
    var answered: Range<Int>?
    if let request = shape.read(line, &parser) {
      answered = answer(request, room: WireLimits.replyBytesMax, into: &out)
    } else {
      answered = answer(parsing: line, into: &out)
    }
    if isPostponed {
      // The answered entries of a batch are kept.
      return isInBatch ? () : out.truncate(to: start)
    }
    if out.count > start { replies.end(from: start, answering: answered, in: &out) }
  }

  /// Returns the range of the request's id in the reply.
  private mutating func answer(
    parsing line: UnsafeBufferPointer<UInt8>, into out: inout ByteBuffer
  ) -> Range<Int>? {
    do throws(JSONSyntaxError) {
      let value = try parser.parse(line, takingLoneSurrogates: true)
      if parser.hasLoneSurrogates, let found = value.loneSurrogateOutsideParams {
        throw JSONSyntaxError(loneSurrogateIn: found)
      }
      if value.kind == .array {
        answer(batch: value, into: &out)
        return nil
      }
      let message = Message(value)
      if case .request(_, _, .some) = message { shape.remember(value, on: line) }
      return answer(message, room: WireLimits.replyBytesMax, into: &out)
    } catch {
      logInvalid(.parseError(error))
      refuse(nil, .parseError(error), &out)
      return nil
    }
  }

  /// Answers input that was not accepted as a message.
  mutating func answer(unread failure: Failure, into out: inout ByteBuffer) {
    let start = out.count
    refuse(nil, failure, &out)
    replies.end(from: start, in: &out)
  }

  private mutating func answer(batch: JSONValue, into out: inout ByteBuffer) {
    guard takesBatches else {
      let reason = "There are no batches with Content-Length: each message is one request."
      return refuse(nil, .invalidRequest(reason), &out)
    }
    if self.batch == nil {
      let count = batch.count
      if count == 0 {
        return refuse(nil, .invalidRequest("A batch must have at least one entry."), &out)
      }
      if count > WireLimits.batchRequestsMax { return refuse(nil, .batchTooLarge(count), &out) }
      self.batch = BatchProgress(start: out.count)
      out.append("[")
    }
    guard let start = self.batch?.start, answerEntries(of: batch, from: start, into: &out) else {
      runner.isPostponed = true
      return
    }
    self.batch = nil
    if out.count == start + 1 { return out.truncate(to: start) }
    out.append("]")
  }

  /// Answers the rest of a batch whose replies begin at `start`; false if entries are left. Entries
  /// are separate requests, and so may run in several transactions.
  private mutating func answerEntries(
    of batch: JSONValue, from start: Int, into out: inout ByteBuffer
  ) -> Bool {
    let first = self.batch?.answeredCount ?? 0
    for (at, entry) in batch.elements.enumerated().dropFirst(first) {
      self.batch?.answeredCount = at
      if at > first, isTransactionOver() { return false }
      let end = out.count
      out.element()
      let entryStart = out.count
      _ = answer(Message(entry), room: WireLimits.replyBytesMax - (entryStart - start), into: &out)
      if isPostponed || out.count == entryStart { out.truncate(to: end) }
      if isPostponed { return false }
    }
    return true
  }

  /// `room` limits the bytes of the result. Returns the range of the request's id in the reply.
  private mutating func answer(
    _ message: Message, room: Int, into out: inout ByteBuffer
  ) -> Range<Int>? {
    let start = out.count
    switch message {
    case .request(let id, let method, let params):
      do {
        out.beginResult(id)
        if let question = try run(method, params, message, room: room, into: &out) {
          out.truncate(to: start)
          question.write(into: &out)
          return nil
        }
        out.endResult()
      } catch {
        out.truncate(to: start)
        refuse(id, error, &out)
      }
      return ByteBuffer.range(of: id, inReplyFrom: start)
    case .notification(let method, let params):
      let room = WireLimits.replyBytesMax
      do { _ = try run(method, params, nil, room: room, into: &out) } catch { Log.debug("refused") }
      runner.dropAnswers(from: start)
      out.truncate(to: start)
      if method.equals("notifications/cancelled") { cancelQuestion(params, into: &out) }
    case .response(let id, let result):
      // Responses in a batch are ignored: the MCP revisions that have questions have no batches.
      if !isInBatch, let question = questions.answered(by: id) {
        let answer = lifecycle.isShutDown ? PersonsAnswer.none : PersonsAnswer(result)
        return self.answer(question, answer, into: &out)
      }
      Log.debug("a response was ignored: the server had sent no request")
    case .invalid(let id, let reason):
      let failure = Failure.invalidRequest(reason)
      logInvalid(failure)
      refuse(id, failure, &out)
    }
    return nil
  }

  /// Runs a request, or a notification if `request` is nil; returns the question that a person has
  /// to answer first.
  private mutating func run(
    _ name: JSONValue, _ params: JSONValue?, _ request: Message?, room: Int,
    into out: inout ByteBuffer
  ) throws(Failure) -> Question? {
    if parser.hasLoneSurrogates, let params, let found = params.firstLoneSurrogate() {
      throw .invalidParams([.init(params.pointer(to: found), "holds half of a surrogate pair")])
    }
    if let method = catalog.method(named: name), !lifecycle.isShutDown {
      let request = RequestContext(replyBytesMax: room)
      if isLogged {
        try runLogged(method, params, request, into: &out)
      } else {
        try runner.run(method, params, request, into: &out)
      }
      return nil
    }
    // A notification has no outcome.
    if !isLogged || request == nil {
      return try runProtocolMethod(name, params, request, room: room, into: &out)
    }
    let start = Stopwatch.nowMicros
    let loggedCount = requestLog.count
    var outcome = "ok"
    defer {
      // The call of a tool is logged as its method, unless it was refused before that.
      if requestLog.count == loggedCount, !runner.isPostponed {
        requestLog.append(
          Log.Request(
            method: Log.known(name), outcome: outcome, micros: Stopwatch.nowMicros - start,
            callerID: nil))
      }
    }
    do throws(Failure) {
      return try runProtocolMethod(name, params, request, room: room, into: &out)
    } catch {
      outcome = error.word
      throw error
    }
  }

  // MARK: Protocol methods

  /// Answers methods that are not in the catalogue: those of LSP and MCP.
  private mutating func runProtocolMethod(
    _ name: JSONValue, _ params: JSONValue?, _ request: Message?, room: Int,
    into out: inout ByteBuffer
  ) throws(Failure) -> Question? {
    if isInBatch, name.equals("initialize") {
      throw .invalidRequest("\"initialize\" can't be part of a batch.")
    }
    if lifecycle.answer(name, params, isFramed: !takesBatches, into: &out) { return nil }
    if name.equals("notifications/cancelled") {
      if let id = params?.field("requestId") { replies.cancel(id.text, in: out) }
      out.append("null")
      return nil
    }
    if lifecycle.isShutDown { throw .shutDown }
    switch try askMCP(name, params, into: &out) {
    case .answered: return nil
    case .call(let call):
      // Within a batch, or without a reply, there is no way to ask a person.
      return try run(call, isInBatch ? nil : request, room: room, into: &out)
    case nil: throw .methodNotFound(name.string ?? "", known: catalog.descriptions)
    }
  }

  mutating func askMCP(
    _ name: JSONValue, _ params: JSONValue?, into out: inout ByteBuffer
  ) throws(Failure) -> MCPServer.Step? {
    if mcp == nil {
      mcp = MCPServer(
        methods: catalog.descriptions, definitions: Discover.definitions, version: rosterVersion)
    }
    return try mcp?.answer(name, params, control, into: &out)
  }

  func refuse(_ id: RequestID?, _ failure: Failure, _ out: inout ByteBuffer) {
    out.writeError(id, code: failure.kind.code, message: failure.message) {
      failure.writeData(into: &$0) { methodPrefix + $0.description }
    }
  }
}
