internal import Contract
internal import JSON
internal import UserMethods
internal import Users

/// Runs methods, many in one transaction.
struct TransactionRunner<Store: UserStore>: ~Copyable {
  private let control: StoreAccessControl<Store>
  private let store: Store
  /// Passes a letter to the mailer; returns whether that succeeded.
  private let deliver: Postman?
  /// The storage failure because of which the current transaction will be rolled back, if any.
  private var transactionFailure: Failure?
  /// Set while a transaction is repeated after a rollback: the failure that writes get.
  private var writeRefusal: Failure?
  /// Whether the latest request has to run again at the start of the next transaction.
  var isPostponed = false
  private var pace = TransactionPace()
  /// Mail that waits for the commit.
  private(set) var pendingMail = PendingMail()

  init(control: StoreAccessControl<Store>, store: Store, deliver: Postman?) {
    self.control = control
    self.store = store
    self.deliver = deliver
  }

  mutating func begin(refusingWrites refusal: Failure?) {
    transactionFailure = nil
    writeRefusal = refusal
    pace.begin()
  }

  /// Whether the transaction has to end before the next request. Must be called once before each.
  mutating func isTransactionOver() -> Bool {
    pace.isOver(isWriting: store.isWriting, hasWaitingWriter: store.hasWaitingWriter)
  }

  /// Commits, then sends the pending mail. Returns the offsets in the replies that say whether a
  /// letter has left. Throws why the commit failed.
  mutating func end() throws(Failure) -> [(offset: Int, isDelivered: Bool)] {
    do throws(Failure) {
      if let transactionFailure {
        store.rollback()
        throw transactionFailure
      }
      if pendingMail.hasLetters { try control.settle(&pendingMail) }
      try failing { () throws(StoreError) in try store.commit() }
    } catch {
      pendingMail.clear()
      throw error
    }
    if pendingMail.isEmpty { return [] }
    let told = control.send(&pendingMail, by: deliver)
    Failpoint.hit(.lettersSent)
    return told
  }

  /// Writes the outcome of the delivery at `offsets` too, the same as at `gaps`.
  mutating func repeatAnswers(_ gaps: [Int], at offsets: [Int]) {
    for (gap, offset) in zip(gaps, offsets) { pendingMail.repeatAnswer(gap, at: offset) }
  }

  mutating func dropAnswers(from start: Int) { pendingMail.dropAnswers(from: start) }

  mutating func run(
    _ method: Method<StoreAccessControl<Store>>, _ params: JSONValue?, _ request: RequestContext,
    into out: inout ByteBuffer
  ) throws(Failure) {
    if let transactionFailure { throw transactionFailure }
    if let writeRefusal, method.description.effect != .read { throw writeRefusal }
    let room = request.replyBytesMax
    if pendingMail.hasLetters { request.waitingLetters = pendingMail.recipients }
    do throws(Failure) {
      let isUndoable =
        method.description.effect != .read
        && (method.description.runsOthers || room < WireLimits.changeReplyBytesMax)
      if isUndoable {
        try runUndoably(method, params, request, into: &out)
      } else {
        let start = out.count
        try control.reading(request) { () throws(Failure) in
          out.truncate(to: start)
          try method.run(params, control, request, into: &out)
        }
        if out.count - start > room { throw .replyTooLarge }
      }
      if request.hasPendingMail { pendingMail.take(request.pendingMail) }
      if request.isLong { pace.isLookDue = true }
    } catch {
      if request.isLong { pace.isLookDue = true }
      if error.handling == .afterCommit {
        isPostponed = true
        throw error
      }
      // A write that fails in the store leaves no state to continue from: the transaction is rolled
      // back and answered again. A read has changed nothing.
      if store.isWriting, error.isStorage, method.description.effect != .read {
        transactionFailure = error
      }
      throw error
    }
  }

  /// Runs a method in a savepoint, so that its writes are undone if its reply does not fit.
  private func runUndoably(
    _ method: Method<StoreAccessControl<Store>>, _ params: JSONValue?, _ request: RequestContext,
    into out: inout ByteBuffer
  ) throws(Failure) {
    let run = try control.reading(request) { () throws(Failure) in
      try method.prepared(params, control, request)
    }
    let start = out.count
    try failing { () throws(StoreError) in
      try control.beginWrite()
      try store.beginSavepoint()
    }
    var failure: Failure?
    do throws(Failure) { try run(&out) } catch { failure = error }
    // After a storage failure the whole transaction is rolled back.
    if let failure, failure.isStorage { throw failure }
    let fits = out.count - start <= request.replyBytesMax
    // A refusal may have written something to keep, such as a count of failures.
    try failing { () throws(StoreError) in try store.endSavepoint(isKept: fits) }
    if !fits { throw .replyTooLarge }
    if let failure { throw failure }
  }
}
