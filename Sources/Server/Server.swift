internal import Contract
internal import Glibc
internal import JSON
internal import JSONRPC
public import UserMethods
public import Users

/// The loop: takes what one read brings, answers all of it, commits once, writes once.
///
/// A client that pipelines so gets group commit, and a client that waits pays nothing. Replies
/// leave after the commit that they report. While replies wait for a reader, input is still taken,
/// until `waitingBytesMax` of them wait.
public struct Server<Store: UserStore>: ~Copyable {
  private let store: Store
  private let limits: WireLimits
  private var session: Session<Store>
  private var framer: Framer
  private var replies = ByteBuffer(capacity: 1 << 16)
  /// How many bytes of `replies` were written.
  private var written = 0
  private var isAtEnd = false
  /// When it was first seen that the process was asked to stop.
  private var stopSeenMs: Int?
  /// How long what was taken in goes on being answered then.
  private static var answersWhileStoppingMsMax: Int { 800 }
  /// What went wrong with the input or the output.
  private var failure: ServerEnd?
  /// Why no more input is taken, though there may be some.
  private var refusal: HeaderProblem?
  private let channel: Channel

  private var isTicking = false

  public init(
    store: Store, gate: Gate<Store>, limits: WireLimits, channel: Channel,
    deliver: Postman? = nil
  ) {
    self.store = store
    self.limits = limits
    self.channel = channel
    session = Session(
      gate: gate, store: store, catalog: ServerCatalog.make(limits: limits), deliver: deliver)
    framer = Framer(lineBytesMax: limits.lineBytesMax)
  }

  private var waitingCount: Int { replies.count - written }

  /// Serves until the input ends or can't be understood, the reader is gone, or the process is asked
  /// to stop.
  public mutating func run() -> ServerEnd {
    var isIdle = false
    while true {
      let isAllAnswered = answerGroups()
      if refusal != nil || session.hasExited { isAtEnd = true }
      tellEvents()
      endQuestions(isAtEnd: isAtEnd && isAllAnswered)
      guard writeReplies() else { return failure ?? .served }
      session.noteUse()
      if isIdle {
        store.rest()
        Lifeline.reapChildren()
      }
      isIdle = false
      if isAtEnd, !flush() { return .repliesLeft }
      if isAtEnd, isAllAnswered { return end }
      // Lines may be left for want of room for their replies; by now there may be some.
      if !isAllAnswered, waitingCount < WireLimits.waitingBytesMax { continue }
      switch takeInput() {
      case .bytes, .writable: continue
      case .idle: isIdle = true
      case .end, .stop: isAtEnd = true
      case .failed(let code):
        failure = .inputFailed(Self.words(code))
        isAtEnd = true
      }
    }
  }

  /// An input that ends within a message is at its end all the same.
  private var end: ServerEnd {
    if let failure { return failure }
    if session.hasExited { return session.wasShutDown ? .served : .exited }
    guard let refusal, refusal != .cut else { return .served }
    return .refused(.header(refusal))
  }

  /// Tells a subscriber what was committed, here or by other processes: those are looked at with each
  /// tick.
  private mutating func tellEvents() {
    if session.isSubscribed != isTicking {
      isTicking = session.isSubscribed
      Lifeline.tick(everyMs: isTicking ? WireLimits.eventTickMs : Lifeline.tickMs)
    }
    var hasMore = true
    while hasMore, waitingCount < WireLimits.waitingBytesMax {
      hasMore = session.writeEvents(into: &replies)
    }
  }

  /// Ends the wait for who was asked to confirm something.
  private mutating func endQuestions(isAtEnd: Bool) {
    session.endQuestions(isAtEnd: isAtEnd, into: &replies)
  }

  private mutating func takeInput() -> Channel.Input {
    if waitingCount > 0 {
      let isHungry = waitingCount < WireLimits.waitingBytesMax
      if let event = channel.waitForEither(input: isHungry) { return event }
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

  /// Answers what has come in, group by group, until all is answered (true), or so many replies
  /// wait that the rest has to.
  private mutating func answerGroups() -> Bool {
    // A batch that was begun is answered to its end: its replies leave together.
    while waitingCount < WireLimits.waitingBytesMax || session.isInBatch {
      if Lifeline.isStopping, isStoppingForLong() {
        session.endBatch(into: &replies)
        return true
      }
      let isEmpty = !answerGroup()
      if isEmpty || (session.hasExited && !session.isInBatch) { return true }
      // A reader that is gone is noticed by the next write.
      if waitingCount > 0 {
        _ = writeReplies()
        Failpoint.hit(.repliesWritten)
      }
    }
    return false
  }

  /// Answers messages as one group; false if there were none. What could not be kept is answered again:
  /// as it was asked if others have changed the store meanwhile, once, else with its writes refused.
  private mutating func answerGroup() -> Bool {
    let mark = framer.mark
    let start = replies.count
    session.beginGroup()
    let isEmpty = !answerLines(from: start)
    guard var failure = session.endGroup(into: &replies) else { return !isEmpty }
    func answerAgain(refusingWrites refusal: Failure?) -> Failure? {
      framer.rewind(to: mark)
      replies.truncate(to: start)
      session.beginGroup(.again(refusingWrites: refusal))
      _ = answerLines(from: start)
      return session.endGroup(into: &replies)
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

  /// Tells the store what the next messages are going to look up.
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

  /// Answers messages until none are left, the replies are many, or the group is over; false if there
  /// were none.
  private mutating func answerLines(from start: Int) -> Bool {
    if store.foresees { foresee() }
    var count = 0
    while replies.count - start < groupBytesMax, !session.hasExited || session.isInBatch {
      if count > 0, session.isGroupOver() { break }
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

  /// Writes what the reader takes now; false if the reader is gone. A batch that is answered in part
  /// waits for its end.
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

  /// Makes room where replies were written, also for a reader that never catches up.
  private mutating func dropWritten() {
    // Where the batch is is known by what stands before it.
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

  /// Writes the rest for as long as the reader goes on taking it.
  private mutating func flush() -> Bool {
    while waitingCount > 0 {
      guard channel.waitForReader() else { return false }
      guard writeReplies() else { return true }
    }
    return true
  }
}
