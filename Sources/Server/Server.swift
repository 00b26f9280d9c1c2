internal import Contract
internal import Glibc
internal import JSON
internal import JSONRPC
public import UserMethods
public import Users

/// The main loop: reads input, answers it in as few transactions as possible, and writes the
/// replies after each commit.
///
/// A client that pipelines requests gets group commit, and one that waits for each reply loses
/// nothing. While replies wait for the reader, input is still read, until `waitingBytesMax` bytes
/// of replies wait.
public struct Server<Store: UserStore>: ~Copyable {
  private let store: Store
  private let limits: WireLimits
  private var session: Session<Store>
  private var framer: Framer
  private var replies = ByteBuffer(capacity: 1 << 16)
  /// How many bytes of `replies` were written.
  private var written = 0
  private var isAtEnd = false
  /// When the loop first noticed that the process was asked to stop.
  private var stopSeenMs: Int?
  /// After that, input that was already read is answered for at most this long.
  private static var answersWhileStoppingMsMax: Int { 800 }
  /// An error of the input or the output.
  private var failure: ServerEnd?
  /// The problem after which no more input is read.
  private var refusal: HeaderProblem?
  private let channel: Channel

  /// How a subscriber's process learns of other processes' commits.
  private var commits = CommitSignal.needless
  /// Whether another process has kept this one from recording that the token was used.
  private var isTokenUsePending = false

  public init(
    store: Store, control: StoreAccessControl<Store>, limits: WireLimits, channel: Channel,
    deliver: Postman? = nil
  ) {
    self.store = store
    self.limits = limits
    self.channel = channel
    session = Session(
      control: control, store: store, catalog: ServerCatalog.make(limits: limits), deliver: deliver)
    framer = Framer(lineBytesMax: limits.lineBytesMax)
  }

  private var waitingCount: Int { replies.count - written }

  /// Serves until the input ends or is malformed, the reader is gone, or the process is asked to
  /// stop.
  public mutating func run() -> ServerEnd {
    var isIdle = false
    while true {
      let isAllAnswered = answerGroups()
      if refusal != nil || session.hasExited { isAtEnd = true }
      tellEvents()
      endQuestions(isAtEnd: isAtEnd && isAllAnswered)
      guard writeReplies() else { return failure ?? .served }
      isTokenUsePending = session.recordTokenUse()
      store.settle()
      if isIdle { store.releaseSnapshot() }
      if isAtEnd, !flush() { return .repliesLeft }
      if isAtEnd, isAllAnswered { return end }
      // Lines may be unanswered because there was no room for their replies; now there may be.
      if !isAllAnswered, waitingCount < WireLimits.waitingBytesMax { continue }
      let input = takeInput(isIdle: isIdle)
      isIdle = false
      switch input {
      case .bytes, .writable: continue
      case .idle: isIdle = true
      case .end, .stop: isAtEnd = true
      case .failed(let code):
        failure = .inputFailed(Self.words(code))
        isAtEnd = true
      }
    }
  }

  /// Why the loop ends. Input that ends within a message is not an error here: a reply reports it.
  private var end: ServerEnd {
    if let failure { return failure }
    if session.hasExited { return session.wasShutDown ? .served : .exited }
    guard let refusal, refusal != .cut else { return .served }
    return .refused(.header(refusal))
  }

  /// Notifies a subscriber of commits by this process and others.
  private mutating func tellEvents() {
    commits = session.isSubscribed ? store.awaitCommits() : .needless
    var pending = PendingEvents.some
    while pending == .some, waitingCount < WireLimits.waitingBytesMax {
      pending = session.writeEvents(into: &replies)
    }
    if pending == .unknown { commits = .unavailable }
  }

  /// Ends questions that no person answered in time.
  private mutating func endQuestions(isAtEnd: Bool) {
    session.endQuestions(isAtEnd: isAtEnd, into: &replies)
  }

  /// How long to wait for input; nil is without end. A machine that was suspended does not count the
  /// time, so a question is not left to one long wait.
  private var waitMsMax: Int? {
    if commits == .unavailable { return WireLimits.eventTickMs }
    return isTokenUsePending || session.isAsking ? ShutdownSignal.tickMs : nil
  }

  /// `isIdle` tells that nothing has happened for a while.
  private mutating func takeInput(isIdle: Bool) -> Channel.Input {
    // Otherwise reading also waits, which saves a system call.
    if isIdle || waitingCount > 0 || commits != .needless {
      var wait = Channel.Wait(msMax: waitMsMax, isLong: isIdle)
      wait.input = waitingCount < WireLimits.waitingBytesMax
      wait.output = waitingCount > 0
      if case .descriptor(let signal) = commits { wait.signal = signal }
      if let event = channel.wait(wait) { return event }
    }
    var input = Channel.Input.end
    let channel = channel
    _ = framer.receive(WireLimits.readBytes) { space in
      input = channel.read(into: space)
      if case .bytes(let count) = input { return count }
      return 0
    }
    session.takesBatches = framer.framing != .contentLength
    return input
  }

  /// Answers the input, one transaction after the other. Returns true when all is answered, false
  /// when too many replies wait for the reader.
  private mutating func answerGroups() -> Bool {
    // A batch is finished even if too many replies wait, because its replies leave together.
    while waitingCount < WireLimits.waitingBytesMax || session.isInBatch {
      if ShutdownSignal.isStopping, isStoppingForLong() {
        session.endBatch(into: &replies)
        return true
      }
      // A client that waits for each reply has sent nothing more: it needs no transaction.
      if framer.isDrained, !isAtEnd { return true }
      let isEmpty = !answerGroup()
      if isEmpty || (session.hasExited && !session.isInBatch) { return true }
      // If the reader is gone, the next write notices it.
      if waitingCount > 0 {
        _ = writeReplies()
        Failpoint.hit(.repliesWritten)
      }
    }
    return false
  }

  /// Answers messages in one transaction; false if there were none. If the commit fails because
  /// another process has changed the store, they are answered once more unchanged. If it fails for
  /// another reason, or again, they are answered with all writes refused.
  private mutating func answerGroup() -> Bool {
    let mark = framer.mark
    let start = replies.count
    session.beginTransaction()
    let isEmpty = !answerLines(from: start)
    guard var failure = session.endTransaction(into: &replies) else { return !isEmpty }
    func answerAgain(refusingWrites refusal: Failure?) -> Failure? {
      framer.rewind(to: mark)
      replies.truncate(to: start)
      session.beginTransaction(.again(refusingWrites: refusal))
      _ = answerLines(from: start)
      return session.endTransaction(into: &replies)
    }
    if failure.handling == .anew {
      guard let next = answerAgain(refusingWrites: nil) else { return !isEmpty }
      failure = next
    }
    _ = answerAgain(refusingWrites: failure)
    return !isEmpty
  }

  private mutating func isStoppingForLong() -> Bool {
    let now = Stopwatch.nowMs
    let start = stopSeenMs ?? now
    stopSeenMs = start
    return now - start > Self.answersWhileStoppingMsMax
  }

  /// Announces the lookups of the next messages to the store.
  private mutating func foresee() {
    let mark = framer.mark
    var lookups: [Lookup] = []
    while lookups.count < WireLimits.lookupsMax, let frame = framer.next(isAtEnd: isAtEnd) {
      if case .message(let message) = frame { session.addLookups(of: message, to: &lookups) }
    }
    framer.rewind(to: mark)
    store.foresee(lookups)
  }

  private var groupBytesMax: Int {
    store.isWriting ? WireLimits.writingGroupReplyBytes : WireLimits.groupReplyBytes
  }

  /// Answers messages until all are answered, the replies are many, or the transaction has to end;
  /// false if there were no messages.
  private mutating func answerLines(from start: Int) -> Bool {
    if store.foresees { foresee() }
    var count = 0
    while replies.count - start < groupBytesMax, !session.hasExited || session.isInBatch {
      if count > 0, session.isTransactionOver() { break }
      let mark = framer.mark
      guard let frame = framer.next(isAtEnd: isAtEnd) else { break }
      count += 1
      switch frame {
      case .message(let message):
        session.answer(message, into: &replies)
        if session.isPostponed {
          framer.rewind(to: mark)
          return true
        }
      case .oversized:
        session.answer(unread: .messageTooLarge(limits.lineBytesMax), into: &replies)
      case .refused(let problem):
        session.answer(unread: .header(problem), into: &replies)
        refusal = problem
      }
    }
    return count > 0
  }

  /// Writes as much as the reader takes now; false if the reader is gone or writing fails. A partly
  /// answered batch is held back until its end.
  private mutating func writeReplies() -> Bool {
    let end = session.batchStart ?? replies.count
    while written < end {
      let rest = UnsafeBufferPointer(rebasing: replies.bytes[written..<end])
      switch channel.write(rest) {
      case .bytes(let count): written += count
      case .wouldBlock:
        dropWritten()
        return true
      case .gone: return false
      case .failed(let code):
        failure = .outputFailed(Self.words(code))
        return false
      }
    }
    dropWritten()
    return true
  }

  private static func words(_ code: Int32) -> String { String(cString: strerror(code)) }

  /// Frees the space of written replies, even if the reader never catches up.
  private mutating func dropWritten() {
    // The start of a batch is stored as an offset in the buffer, so the bytes must not move.
    if session.isInBatch { return }
    if waitingCount == 0 {
      if written > 0 { replies.reset(keeping: WireLimits.keptReplyBytes) }
    } else if written > WireLimits.writtenBytesMax {
      replies.removeFirst(written)
    } else {
      return
    }
    written = 0
  }

  /// Writes the rest as long as the reader keeps taking it; false if the reader stalls.
  private mutating func flush() -> Bool {
    while waitingCount > 0 {
      guard channel.waitForReader() else { return false }
      guard writeReplies() else { return true }
    }
    return true
  }
}
