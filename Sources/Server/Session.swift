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
  private let deliver: ((Letter) -> Bool)?
  private var parser = JSONParser()
  /// The store's refusal that undid the present group, if one did.
  private(set) var groupFailure: Failure?
  /// Set while a group is answered again after its writes were undone: what writers get.
  private var writeRefusal: Failure?
  /// Whether the latest line is to be answered again, in a group that begins with it.
  private(set) var isPostponed = false
  private var isInBatch = false
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
    deliver: ((Letter) -> Bool)? = nil
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
    if refusal == nil { lifecycleBefore = lifecycle } else { lifecycle = lifecycleBefore }
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
      outbox.send(deliver, into: &out)
      Failpoint.hit(.lettersSent)
    }
    return nil
  }

  /// Takes the replies out that the client has cancelled, of the group's that start at `start`. Nothing
  /// is to be put into them any more.
  public func removeCancelled(from start: Int, in out: inout ByteBuffer) {
    cancellations.remove(from: start, in: &out)
  }

  /// Whether the client has said that it is over.
  var hasExited: Bool { lifecycle.hasExited }
  /// Whether it has announced that before, as it should.
  var wasShutDown: Bool { lifecycle.isShutDown }

  var isSubscribed: Bool { gate.subscription != nil }

  /// Tells the subscriber what has happened, a number of events at a time; says whether more wait.
  func writeEvents(into out: inout ByteBuffer) -> Bool {
    if gate.subscription == nil { return false }
    return gate.takeEvents { event in
      out.beginNotification("users.event")
      out.append("{")
      event.fields(&out)
      out.append("}")
      out.endNotification()
      out.append(0x0A)
    }
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
        answer(value, into: &out)
      }
    } catch {
      refuse(nil, .parseError(error), &out)
    }
    if isPostponed { return out.truncate(to: start) }
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
    let count = batch.count
    if count == 0 { return refuse(nil, .invalidRequest("A batch has at least one entry."), &out) }
    if count > WireLimits.batchRequestsMax { return refuse(nil, .batchTooLarge(count), &out) }
    isInBatch = true
    defer { isInBatch = false }
    let start = out.count
    out.append("[")
    for entry in batch.elements {
      let end = out.count
      out.element()
      let entryStart = out.count
      answer(entry, into: &out)
      if out.count == entryStart { out.truncate(to: end) }
    }
    if out.count == start + 1 { return out.truncate(to: start) }
    out.append("]")
  }

  private mutating func answer(_ value: JSONValue, into out: inout ByteBuffer) {
    switch Message(value) {
    case .request(let id, let method, let params):
      let start = out.count
      do {
        out.beginResult(id)
        try run(method, params, into: &out)
        out.endResult()
      } catch {
        out.truncate(to: start)
        refuse(id, error, &out)
      }
    case .notification(let method, let params):
      let start = out.count
      do { try run(method, params, into: &out) } catch { Log.debug("notification refused") }
      outbox.dropPlaces(from: start)
      out.truncate(to: start)
    case .response:
      Log.debug("a response was ignored: Roster asks nothing")
    case .invalid(let id, let reason):
      refuse(id, .invalidRequest(reason), &out)
    }
  }

  private mutating func run(
    _ name: JSONValue, _ params: JSONValue?, into out: inout ByteBuffer
  ) throws(Failure) {
    if let method = catalog.method(named: name), !lifecycle.isShutDown {
      return try run(method, params, into: &out)
    }
    try runOther(name, params, into: &out)
  }

  private mutating func run(
    _ method: Method<Gate<Store>>, _ params: JSONValue?,
    for audience: RequestContext.Audience = .program, into out: inout ByteBuffer
  ) throws(Failure) {
    if let groupFailure { throw groupFailure }
    if let writeRefusal, method.about.effect != .read { throw writeRefusal }
    let request = RequestContext(audience: audience, mayPostpone: !isInBatch)
    do {
      try method.run(params, gate, request, into: &out)
      if request.hasOutbox { outbox.take(request.outbox) }
    } catch {
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

  // MARK: What hosts say besides

  /// Answers what is not in the catalogue: the protocols that editors and agents' hosts speak.
  private mutating func runOther(
    _ name: JSONValue, _ params: JSONValue?, into out: inout ByteBuffer
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
    case .call(let call): try run(call, into: &out)
    case nil: throw .methodNotFound(name.string ?? "", known: catalog.descriptions)
    }
  }

  /// Calls a tool. That it was refused is a result too, for the model to read.
  private mutating func run(_ call: ToolCall<Gate<Store>>, into out: inout ByteBuffer)
    throws(Failure)
  {
    let start = out.count
    do {
      call.begin(into: &out)
      let answer = out.count
      try run(call.method, call.arguments, for: .agent, into: &out)
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

extension Failure {
  static func parseError(_ error: JSONSyntaxError) -> Failure {
    Failure(
      .parseError, "The message is not JSON: \(error).",
      hint:
        "Send one JSON text a message, in UTF-8; where a line is a message, without line breaks "
        + "inside it.")
  }

  static func invalidRequest(_ reason: String) -> Failure {
    Failure(
      .invalidRequest, "Not a JSON-RPC 2.0 request. \(reason)",
      hint: "Send {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"users.list\",\"params\":{}}.")
  }

  static var shutDown: Failure {
    Failure(
      .invalidRequest, "Roster was asked to shut down, and takes nothing more but \"exit\".",
      hint: "Send {\"jsonrpc\":\"2.0\",\"method\":\"exit\"}, and start Roster anew.")
  }

  static func methodNotFound(_ name: String, known: [MethodDescription]) -> Failure {
    let nearest = Spelling.nearest(to: name, in: known.map(\.name.description))
    return Failure(
      .methodNotFound, "There is no method with this name.",
      hint: nearest.map { "Did you mean \($0)?" } ?? "rpc.discover lists all methods.")
  }

  static func messageTooLarge(_ bytesMax: Int) -> Failure {
    Failure(
      .tooLarge, reason: "line", "The message is longer than \(bytesMax) bytes and was dropped.",
      hint: "Send smaller requests, or start Roster with a larger --line-bytes-max.")
  }

  static func batchTooLarge(_ count: Int) -> Failure {
    Failure(
      .tooLarge, reason: "batch",
      "The batch has \(count) entries; at most \(WireLimits.batchRequestsMax) are taken.",
      hint: "Split it; nothing of it was done.")
  }
}
