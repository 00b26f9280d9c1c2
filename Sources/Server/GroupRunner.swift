internal import Contract
internal import JSON
internal import UserMethods
internal import Users

/// Runs methods in groups, each of which is kept as one.
struct GroupRunner<Store: UserStore>: ~Copyable {
  private let gate: Gate<Store>
  private let store: Store
  /// Hands a letter to the mailer; says whether that went well.
  private let deliver: Postman?
  /// The store's refusal that undid the present group, if one did.
  private var groupFailure: Failure?
  /// Set while a group is answered again after its writes were undone: what writers get.
  private var writeRefusal: Failure?
  /// Whether the latest request is to be run again, in a group that begins with it.
  var isPostponed = false
  private var pace = GroupPace()
  /// What waits for the group to be kept.
  private(set) var outbox = Outbox()

  init(gate: Gate<Store>, store: Store, deliver: Postman?) {
    self.gate = gate
    self.store = store
    self.deliver = deliver
  }

  mutating func begin(refusingWrites refusal: Failure?) {
    groupFailure = nil
    writeRefusal = refusal
    pace.begin()
  }

  /// Whether the group is to end before the next request. To be asked once before each.
  mutating func isGroupOver() -> Bool {
    pace.isOver(isWriting: store.isWriting, isAwaited: store.isAwaited)
  }

  /// Keeps what the group wrote, then sends its letters; says why if it could not be kept, or else where
  /// in the replies is to be told that a letter has left.
  mutating func end() -> Result<[(place: Int, isDelivered: Bool)], Failure> {
    do throws(Failure) {
      if let groupFailure {
        store.abandon()
        throw groupFailure
      }
      if outbox.hasLetters { try gate.settle(&outbox) }
      try failing { () throws(StoreError) in try store.end() }
    } catch {
      outbox.clear()
      return .failure(error)
    }
    if outbox.isEmpty { return .success([]) }
    let told = gate.send(&outbox, by: deliver)
    Failpoint.hit(.lettersSent)
    return .success(told)
  }

  /// What is told at `gaps` is told at `places` too.
  mutating func repeatPlaces(_ gaps: [Int], at places: [Int]) {
    for (gap, place) in zip(gaps, places) { outbox.repeatPlace(gap, at: place) }
  }

  mutating func dropPlaces(from start: Int) { outbox.dropPlaces(from: start) }

  mutating func run(
    _ method: Method<Gate<Store>>, _ params: JSONValue?, _ request: RequestContext,
    into out: inout ByteBuffer
  ) throws(Failure) {
    if let groupFailure { throw groupFailure }
    if let writeRefusal, method.about.effect != .read { throw writeRefusal }
    let room = request.replyBytesMax
    if outbox.hasLetters { request.waitingLetters = outbox.recipients }
    do throws(Failure) {
      let isUndoable =
        method.about.effect != .read
        && (method.about.runsOthers || room < WireLimits.changeReplyBytesMax)
      if isUndoable {
        try runUndoably(method, params, request, into: &out)
      } else {
        let start = out.count
        try gate.reading(request) { () throws(Failure) in
          out.truncate(to: start)
          try method.run(params, gate, request, into: &out)
        }
        if out.count - start > room { throw .replyTooLarge }
      }
      if request.hasOutbox { outbox.take(request.outbox) }
      if request.isLong { pace.isLookDue = true }
    } catch {
      if request.isLong { pace.isLookDue = true }
      if error.handling == .afterCommit {
        isPostponed = true
        throw error
      }
      // A write that fails in the store leaves the group without a state to go on from: all of it is
      // undone and answered again. A read has changed nothing.
      if store.isWriting, error.isStorage, method.about.effect != .read { groupFailure = error }
      throw error
    }
  }

  /// Runs a method so that what it writes is undone if its reply does not fit.
  private func runUndoably(
    _ method: Method<Gate<Store>>, _ params: JSONValue?, _ request: RequestContext,
    into out: inout ByteBuffer
  ) throws(Failure) {
    let run = try gate.reading(request) { () throws(Failure) in
      try method.prepared(params, gate, request)
    }
    let start = out.count
    try failing { () throws(StoreError) in
      try store.beginWrite()
      try store.beginPart()
    }
    var failure: Failure?
    do throws(Failure) { try run(&out) } catch { failure = error }
    // Without the store nothing is left to undo.
    if let failure, failure.isStorage { throw failure }
    let fits = out.count - start <= request.replyBytesMax
    // A refusal may leave something to keep, such as a count of failures.
    try failing { () throws(StoreError) in try store.endPart(isKept: fits) }
    if !fits { throw .replyTooLarge }
    if let failure { throw failure }
  }
}
