public import Contract
public import JSON
internal import JSONRPC
internal import MCP
public import UserMethods
public import Users

/// Turns messages into replies, each a line. Knows nothing of file descriptors.
public struct Session<Store: UserStore>: ~Copyable {
  let gate: Gate<Store>
  private let catalog: Catalog<Gate<Store>>
  var runner: GroupRunner<Store>
  private var parser = JSONParser()
  /// The batch that is being answered, in one group or in several.
  private var batch: BatchProgress?
  private var lifecycle = Lifecycle()
  /// The calls of tools that wait for a person.
  var questions = Questions()
  /// All three as they were when the group began, which may be answered again.
  private var before = (batch: BatchProgress?.none, lifecycle: Lifecycle(), questions: Questions())
  /// What the group has written.
  var replies = GroupReplies()
  /// Made when it is first spoken to.
  private var mcp: MCPServer<Gate<Store>>?
  /// Whether an array is several requests, or none.
  var takesBatches = true

  public init(
    gate: Gate<Store>, store: Store, catalog: Catalog<Gate<Store>>,
    deliver: Postman? = nil
  ) {
    self.gate = gate
    self.catalog = catalog
    runner = GroupRunner(gate: gate, store: store, deliver: deliver)
  }

  public enum GroupStart {
    case anew
    /// The same lines once more. With a refusal, whatever would write gets that instead.
    case again(refusingWrites: Failure?)
  }

  /// Starts a group of lines.
  public mutating func beginGroup(_ start: GroupStart = .anew) {
    replies.begin()
    switch start {
    case .anew:
      runner.begin(refusingWrites: nil)
      before = (batch, lifecycle, questions)
    case .again(let refusal):
      runner.begin(refusingWrites: refusal)
      (batch, lifecycle, questions) = before
    }
  }

  /// Whether the group is to end before the next request. To be asked once before each.
  mutating func isGroupOver() -> Bool { runner.isGroupOver() }

  /// Whether the latest line, or what is left of it, is to be answered again, in a group that begins
  /// with it.
  var isPostponed: Bool { runner.isPostponed }

  /// Whether a batch is answered in part: its next entry begins the next group.
  var isInBatch: Bool { batch != nil }
  /// Where its replies begin.
  var batchStart: Int? { batch?.start }

  /// Answers no more of the batch; what is answered is its reply.
  mutating func endBatch(into out: inout ByteBuffer) {
    guard let start = batch?.start else { return }
    batch = nil
    if out.count == start + 1 { return out.truncate(to: start) }
    out.append("]")
    replies.end(from: start, in: &out)
  }

  /// Keeps what the group wrote, then sends its letters and finishes its replies, which `out` holds; says
  /// why if it could not be kept.
  public mutating func endGroup(into out: inout ByteBuffer) -> Failure? {
    switch runner.end() {
    case .failure(let failure): return failure
    case .success(let told):
      let missing = told.map { ($0.place, $0.isDelivered ? "true" : "false" as StaticString) }
      let shift = replies.finish(missing, framed: !takesBatches, in: &out)
      batch?.start += shift
      return nil
    }
  }

  /// Whether the client has said that it is over.
  var hasExited: Bool { lifecycle.hasExited }
  /// Whether it has announced that before, as it should.
  var wasShutDown: Bool { lifecycle.isShutDown }

  var isSubscribed: Bool { gate.subscription != nil }

  /// Tells the subscriber what has happened, a number of events at a time; says whether more wait.
  func writeEvents(into out: inout ByteBuffer) -> Bool {
    if gate.subscription == nil { return false }
    var events = GroupReplies()
    let hasMore = gate.takeEvents { told in
      let start = out.count
      out.write(told)
      events.end(from: start, in: &out)
    }
    _ = events.finish(framed: !takesBatches, in: &out)
    return hasMore
  }

  public func noteUse() { gate.noteUse() }

  /// Answers one message, or does nothing where nothing is due.
  public mutating func answer(_ line: UnsafeBufferPointer<UInt8>, into out: inout ByteBuffer) {
    let start = out.count
    runner.isPostponed = false
    var answered: Range<Int>?
    do throws(JSONSyntaxError) {
      let value = try parser.parse(line, takingLoneSurrogates: true)
      if parser.hasLoneSurrogates, let found = value.loneSurrogateOutsideParams {
        throw JSONSyntaxError(loneSurrogateIn: found)
      }
      if value.kind == .array {
        answer(batch: value, into: &out)
      } else {
        answered = answer(value, room: WireLimits.replyBytesMax, into: &out)
      }
    } catch {
      refuse(nil, .parseError(error), &out)
    }
    if isPostponed {
      // What is answered of a batch is kept.
      return isInBatch ? () : out.truncate(to: start)
    }
    if out.count > start { replies.end(from: start, answering: answered, in: &out) }
  }

  /// Adds what a message is going to look up, as far as it tells.
  mutating func addLookups(of line: UnsafeBufferPointer<UInt8>, to lookups: inout [Lookup]) {
    do throws(JSONSyntaxError) {
      let value = try parser.parse(line, takingLoneSurrogates: true)
      if value.kind != .array { return addLookups(of: value, to: &lookups) }
      for entry in value.elements { addLookups(of: entry, to: &lookups) }
    } catch {
      // It is refused when its turn comes.
    }
  }

  private func addLookups(of value: JSONValue, to lookups: inout [Lookup]) {
    guard let name = value.member("method") else { return }
    var (method, params) = (catalog.method(named: name), value.member("params"))
    if name.equals("tools/call"), let tool = params?.member("name") {
      method = catalog.methods.first { $0.about.toolName == tool.string }
      params = params?.member("arguments")
    }
    if let known = method?.params(params) as? any ForeseenParams { lookups += known.lookups }
  }

  /// Answers input that could not be taken as a message.
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
      if count == 0 { return refuse(nil, .invalidRequest("A batch has at least one entry."), &out) }
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

  /// Answers what is left of a batch whose replies begin at `start`; false if it was not all. Its
  /// entries are requests of their own, and so may fall into several groups.
  private mutating func answerEntries(
    of batch: JSONValue, from start: Int, into out: inout ByteBuffer
  ) -> Bool {
    let first = self.batch?.answeredCount ?? 0
    for (at, entry) in batch.elements.enumerated().dropFirst(first) {
      self.batch?.answeredCount = at
      if at > first, isGroupOver() { return false }
      let end = out.count
      out.element()
      let entryStart = out.count
      _ = answer(entry, room: WireLimits.replyBytesMax - (entryStart - start), into: &out)
      if isPostponed || out.count == entryStart { out.truncate(to: end) }
      if isPostponed { return false }
    }
    return true
  }

  /// `room` is how many bytes the result may have. Gives where the id stands that is replied to.
  private mutating func answer(
    _ value: JSONValue, room: Int, into out: inout ByteBuffer
  ) -> Range<Int>? {
    let start = out.count
    switch Message(value) {
    case .request(let id, let method, let params):
      do {
        out.beginResult(id)
        if let question = try run(method, params, value, room: room, into: &out) {
          out.truncate(to: start)
          question.write(into: &out)
          return nil
        }
        out.endResult()
      } catch {
        out.truncate(to: start)
        refuse(id, error, &out)
      }
      return ByteBuffer.place(of: id, inReplyFrom: start)
    case .notification(let method, let params):
      let room = WireLimits.replyBytesMax
      do { _ = try run(method, params, nil, room: room, into: &out) } catch { Log.debug("refused") }
      runner.dropPlaces(from: start)
      out.truncate(to: start)
      if method.equals("notifications/cancelled") { cancelQuestion(params, into: &out) }
    case .response(let id, let result):
      // What a batch brings has no reply of its own, and no revision that asks has batches.
      if !isInBatch, let question = questions.answered(by: id) {
        let answer = lifecycle.isShutDown ? PersonsAnswer.none : PersonsAnswer(result)
        return self.answer(question, answer, into: &out)
      }
      Log.debug("a response was ignored: nothing was asked")
    case .invalid(let id, let reason):
      refuse(id, .invalidRequest(reason), &out)
    }
    return nil
  }

  /// Runs a request, or a notification, which has none; gives what a person has to be asked first.
  private mutating func run(
    _ name: JSONValue, _ params: JSONValue?, _ request: JSONValue?, room: Int,
    into out: inout ByteBuffer
  ) throws(Failure) -> Question? {
    if parser.hasLoneSurrogates, let params, let found = params.firstLoneSurrogate() {
      throw .invalidParams([.init(params.pointer(to: found), "holds half of a surrogate pair")])
    }
    if let method = catalog.method(named: name), !lifecycle.isShutDown {
      let request = RequestContext(replyBytesMax: room)
      try runner.run(method, params, request, into: &out)
      return nil
    }
    return try runOther(name, params, request, room: room, into: &out)
  }

  // MARK: What hosts say besides

  /// Answers what is not in the catalogue: the protocols that editors and agents' hosts speak.
  private mutating func runOther(
    _ name: JSONValue, _ params: JSONValue?, _ request: JSONValue?, room: Int,
    into out: inout ByteBuffer
  ) throws(Failure) -> Question? {
    if isInBatch, name.equals("initialize") {
      throw .invalidRequest("\"initialize\" can't be part of a batch.")
    }
    if lifecycle.answer(name, params, isFramed: !takesBatches, into: &out) { return nil }
    if name.equals("notifications/cancelled") {
      if let id = params?.member("requestId") { replies.cancel(id.text, in: out) }
      out.append("null")
      return nil
    }
    if lifecycle.isShutDown { throw .shutDown }
    switch try askMCP(name, params, into: &out) {
    case .answered: return nil
    case .call(let call):
      // Within a batch, and where no reply is wanted, nobody can be asked.
      return try run(call, isInBatch ? nil : request, room: room, into: &out)
    case nil: throw .methodNotFound(name.string ?? "", known: catalog.descriptions)
    }
  }

  mutating func askMCP(
    _ name: JSONValue, _ params: JSONValue?, into out: inout ByteBuffer
  ) throws(Failure) -> MCPServer<Gate<Store>>.Step? {
    if mcp == nil {
      mcp = MCPServer(
        catalog: catalog, definitions: Discover.definitions, version: rosterVersion)
    }
    return try mcp?.answer(name, params, gate, into: &out)
  }

  func refuse(_ id: RequestID?, _ failure: Failure, _ out: inout ByteBuffer) {
    out.writeError(id, code: failure.kind.code, message: failure.message) {
      failure.writeData(into: &$0)
    }
  }
}
