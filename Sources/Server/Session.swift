public import Contract
public import JSON
internal import JSONRPC
internal import MCP
public import Users

/// Turns messages into replies, each a line. Knows nothing of file descriptors.
public struct Session<Store: UserStore>: ~Copyable {
  private let gate: Gate<Store>
  private let store: Store
  private let catalog: Catalog<Gate<Store>>
  /// Hands a letter to the mailer; says whether that went well.
  private let deliver: Postman?
  private var parser = JSONParser()
  /// The store's refusal that undid the present group, if one did.
  private(set) var groupFailure: Failure?
  /// Set while a group is answered again after its writes were undone: what writers get.
  private var writeRefusal: Failure?
  /// Whether the latest line, or what is left of it, is to be answered again, in a group that begins
  /// with it.
  private(set) var isPostponed = false
  /// The batch that is being answered, in one group or in several.
  private var batch: BatchProgress?
  /// As it was when the group began, which may be answered again.
  private var batchBefore: BatchProgress?
  private var pace = GroupPace()
  private var lifecycle = Lifecycle()
  /// As it was when the group began, which may be answered again.
  private var lifecycleBefore = Lifecycle()
  /// How many messages of the group were replied to, and to which of them no reply is wanted.
  private var replyCount = 0
  private var cancellations = Cancellations()
  /// What waits for the group to be kept.
  private var outbox = Outbox()
  /// Made when it is first spoken to.
  private var mcp: MCPServer<Gate<Store>>?
  /// Whether an array is several requests, or none.
  var takesBatches = true

  public init(
    gate: Gate<Store>, store: Store, catalog: Catalog<Gate<Store>>,
    deliver: Postman? = nil
  ) {
    self.gate = gate
    self.store = store
    self.catalog = catalog
    self.deliver = deliver
  }

  /// Starts a group of lines. With a refusal, whatever would write gets that instead.
  public mutating func beginGroup(refusingWrites refusal: Failure? = nil) {
    groupFailure = nil
    writeRefusal = refusal
    replyCount = 0
    cancellations = Cancellations()
    pace.begin()
    if refusal == nil {
      (lifecycleBefore, batchBefore) = (lifecycle, batch)
    } else {
      (lifecycle, batch) = (lifecycleBefore, batchBefore)
    }
  }

  /// Whether the group is to end before the next request. To be asked once before each.
  mutating func isGroupOver() -> Bool {
    pace.isOver(isWriting: store.isWriting, isAwaited: store.isAwaited)
  }

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
    endReply(into: &out)
  }

  /// Keeps what the group wrote, then sends its letters; says why if it could not be kept. `out`
  /// holds the group's replies.
  public mutating func endGroup(into out: inout ByteBuffer) -> Failure? {
    if let groupFailure {
      store.abandon()
      outbox.clear()
      return groupFailure
    }
    do {
      try store.end()
    } catch {
      outbox.clear()
      return error.failure
    }
    if !outbox.isEmpty {
      let inserted = outbox.send(deliver, into: &out)
      batch?.move(by: inserted)
      Failpoint.hit(.lettersSent)
    }
    return nil
  }

  /// Takes the replies out that the client has cancelled, of the group's that start at `start`. Nothing
  /// is to be put into them any more.
  public mutating func removeCancelled(from start: Int, in out: inout ByteBuffer) {
    let count = out.count
    cancellations.remove(from: start, in: &out)
    // What is there of a batch is the last, and stays.
    batch?.start += out.count - count
  }

  /// Whether the client has said that it is over.
  var hasExited: Bool { lifecycle.hasExited }
  /// Whether it has announced that before, as it should.
  var wasShutDown: Bool { lifecycle.isShutDown }

  var isSubscribed: Bool { gate.subscription != nil }

  /// Tells the subscriber what has happened, a number of events at a time; says whether more wait.
  func writeEvents(into out: inout ByteBuffer) -> Bool {
    if gate.subscription == nil { return false }
    return gate.takeEvents { out.write($0) }
  }

  public func noteUse() { gate.noteUse() }

  /// Answers one message, or does nothing where nothing is due.
  public mutating func answer(_ line: UnsafeBufferPointer<UInt8>, into out: inout ByteBuffer) {
    let start = out.count
    isPostponed = false
    do {
      let value = try parser.parse(line)
      if value.kind == .array {
        answer(batch: value, into: &out)
      } else {
        answer(value, room: WireLimits.replyBytesMax, into: &out)
      }
    } catch {
      refuse(nil, .parseError(error), &out)
    }
    if isPostponed {
      // What is answered of a batch is kept.
      return isInBatch ? () : out.truncate(to: start)
    }
    if out.count > start { endReply(into: &out) }
  }

  private mutating func endReply(into out: inout ByteBuffer) {
    out.append(0x0A)
    replyCount &+= 1
  }

  /// Answers input that could not be taken as a message.
  mutating func answer(unread failure: Failure, into out: inout ByteBuffer) {
    refuse(nil, failure, &out)
    endReply(into: &out)
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
      isPostponed = true
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
      answer(entry, room: WireLimits.replyBytesMax - (entryStart - start), into: &out)
      if isPostponed || out.count == entryStart { out.truncate(to: end) }
      if isPostponed { return false }
    }
    return true
  }

  /// `room` is how many bytes the result may have.
  private mutating func answer(_ value: JSONValue, room: Int, into out: inout ByteBuffer) {
    switch Message(value) {
    case .request(let id, let method, let params):
      let start = out.count
      do {
        out.beginResult(id)
        try run(method, params, room: room, into: &out)
        out.endResult()
      } catch {
        out.truncate(to: start)
        refuse(id, error, &out)
      }
    case .notification(let method, let params):
      let start = out.count
      let room = WireLimits.replyBytesMax
      do { try run(method, params, room: room, into: &out) } catch { Log.debug("refused") }
      outbox.dropPlaces(from: start)
      out.truncate(to: start)
    case .response:
      Log.debug("a response was ignored: Roster asks nothing")
    case .invalid(let id, let reason):
      refuse(id, .invalidRequest(reason), &out)
    }
  }

  private mutating func run(
    _ name: JSONValue, _ params: JSONValue?, room: Int, into out: inout ByteBuffer
  ) throws(Failure) {
    if let method = catalog.method(named: name), !lifecycle.isShutDown {
      return try run(method, params, room: room, into: &out)
    }
    try runOther(name, params, room: room, into: &out)
  }

  private mutating func run(
    _ method: Method<Gate<Store>>, _ params: JSONValue?, room: Int,
    for audience: RequestContext.Audience = .program, into out: inout ByteBuffer
  ) throws(Failure) {
    if let groupFailure { throw groupFailure }
    if let writeRefusal, method.about.effect != .read { throw writeRefusal }
    let request = RequestContext(audience: audience, replyBytesMax: room)
    do throws(Failure) {
      let isUndoable =
        method.about.effect != .read
        && (method.about.runsOthers || room < WireLimits.changeReplyBytesMax)
      if isUndoable {
        try runUndoably(method, params, request, into: &out)
      } else {
        let start = out.count
        try method.run(params, gate, request, into: &out)
        if out.count - start > room { throw .replyTooLarge }
      }
      if request.hasOutbox { outbox.take(request.outbox) }
      if request.isLong { pace.isLookDue = true }
    } catch {
      if request.isLong { pace.isLookDue = true }
      if request.isPostponed {
        isPostponed = true
        throw error
      }
      // What fails in the store while the group writes leaves the group without a state to go on
      // from: all of it is undone and answered again.
      if store.isWriting, error.isStorage { groupFailure = error }
      throw error
    }
  }

  /// Runs a method so that what it writes is undone if its reply does not fit.
  private func runUndoably(
    _ method: Method<Gate<Store>>, _ params: JSONValue?, _ request: RequestContext,
    into out: inout ByteBuffer
  ) throws(Failure) {
    let run = try method.prepared(params, gate, request)
    let start = out.count
    do {
      try store.beginWrite()
      try store.beginPart()
    } catch { throw error.failure }
    var failure: Failure?
    do throws(Failure) { try run(&out) } catch { failure = error }
    // Without the store nothing is left to undo.
    if let failure, failure.isStorage { throw failure }
    let fits = out.count - start <= request.replyBytesMax
    // A refusal may leave something to keep, such as a count of failures.
    do { try store.endPart(isKept: fits) } catch { throw error.failure }
    if !fits { throw .replyTooLarge }
    if let failure { throw failure }
  }

  // MARK: What hosts say besides

  /// Answers what is not in the catalogue: the protocols that editors and agents' hosts speak.
  private mutating func runOther(
    _ name: JSONValue, _ params: JSONValue?, room: Int, into out: inout ByteBuffer
  ) throws(Failure) {
    if isInBatch, name.equals("initialize") {
      throw .invalidRequest("\"initialize\" can't be part of a batch.")
    }
    if lifecycle.answer(name, params, into: &out) { return }
    if name.equals("notifications/cancelled") {
      cancellations.add(params, of: replyCount)
      return out.append("null")
    }
    if lifecycle.isShutDown { throw .shutDown }
    let server =
      mcp
      ?? MCPServer(
        catalog: catalog, definitions: Discover<Store>.definitions, version: rosterVersion)
    mcp = server
    switch try server.answer(name, params, gate, into: &out) {
    case .answered: return
    case .call(let call): try run(call, room: room, into: &out)
    case nil: throw .methodNotFound(name.string ?? "", known: catalog.descriptions)
    }
  }

  /// Calls a tool. That it was refused is a result too, for the model to read.
  private mutating func run(
    _ call: ToolCall<Gate<Store>>, room: Int, into out: inout ByteBuffer
  ) throws(Failure) {
    let start = out.count
    do {
      call.begin(into: &out)
      let answer = out.count
      // The answer is told twice, and as a text each of its bytes may need two.
      try run(call.method, call.arguments, room: room / 3, for: .agent, into: &out)
      let gaps = outbox.places(from: answer)
      for (gap, place) in zip(gaps, call.end(from: answer, gaps: gaps, into: &out)) {
        outbox.repeatPlace(gap, at: place)
      }
    } catch {
      if isPostponed { throw error }
      out.truncate(to: start)
      call.refuse(error, into: &out)
    }
  }

  private func refuse(_ id: RequestID?, _ failure: Failure, _ out: inout ByteBuffer) {
    out.writeError(id, code: failure.kind.code, message: failure.message) {
      failure.writeData(into: &$0)
    }
  }
}
