internal import Contract
internal import JSON
internal import JSONRPC
internal import MCP
internal import UserMethods
internal import Users

// Tool calls, and questions to a person where a call needs one.
extension Session {
  /// Calls a tool. A refusal is a result too, for the model to read. Returns the question that a
  /// person has to answer first; without the `request` to repeat, there is none.
  mutating func run(
    _ call: ToolCall, _ request: Message?, room: Int,
    into out: inout ByteBuffer
  ) throws(Failure) -> Question? {
    guard let answered = call.answered else {
      return try run(call, nil, request, room: room, into: &out)
    }
    let agreement: Agreement
    do throws(Failure) {
      agreement = try control.verify(answered.state, CallText(call.name, call.arguments))
    } catch {
      // A state that Roster did not issue is an error of the host, not of the model.
      if error.kind == .invalidParams { throw error }
      call.refuse(error, into: &out)
      return nil
    }
    // Without an answer, the question is asked again.
    guard let answer = answered.answer else {
      return try run(call, nil, request, room: room, into: &out)
    }
    return try run(call, answer, to: agreement, room: room, into: &out)
  }

  /// Continues a call after the person's answer.
  private mutating func run(
    _ call: ToolCall, _ answer: PersonsAnswer, to agreement: Agreement,
    room: Int,
    into out: inout ByteBuffer
  ) throws(Failure) -> Question? {
    switch answer {
    case .yes: return try run(call, agreement, nil, room: room, into: &out)
    case .no: call.refuse(.notConfirmed, into: &out)
    case .none: call.refuse(.nobodyConfirmed, into: &out)
    }
    return nil
  }

  private mutating func run(
    _ call: ToolCall, _ agreement: Agreement?, _ request: Message?,
    room: Int,
    into out: inout ByteBuffer
  ) throws(Failure) -> Question? {
    let start = out.count
    let method = catalog.methods[call.methodIndex]
    let isChange = method.description.effect != .read
    let consent = isChange && control.isConfirming ? Consent(agreement) : nil
    do throws(Failure) {
      call.begin(into: &out)
      let answer = out.count
      // The result is sent twice, once as a string in which each of its bytes may need two.
      let context = RequestContext(audience: .agent, replyBytesMax: room / 3, consent: consent)
      if isLogged {
        try runLogged(method, call.arguments, context, into: &out)
      } else {
        try runner.run(method, call.arguments, context, into: &out)
      }
      let gaps = runner.pendingMail.offsets(from: answer)
      runner.repeatAnswers(gaps, at: call.end(from: answer, gaps: gaps, into: &out))
      return nil
    } catch {
      if runner.isPostponed { throw error }
      out.truncate(to: start)
      guard let consent, consent.isWanting else {
        call.refuse(error, into: &out)
        return nil
      }
      return ask(call, consent, request, error, into: &out)
    }
  }

  /// Asks a person in the way that the client supports; without one the call is refused.
  private mutating func ask(
    _ call: ToolCall, _ consent: Consent, _ request: Message?,
    _ refusal: Failure,
    into out: inout ByteBuffer
  ) -> Question? {
    do throws(Failure) {
      switch call.asking {
      case .result:
        let text = CallText(call.name, call.arguments)
        call.ask(consent.question, state: try control.sign(consent.wanted, text), into: &out)
        return nil
      case .request:
        guard let request else { break }
        return try questions.add(consent.question, consent.wanted, about: request)
      case .impossible: break
      }
    } catch {
      call.refuse(error, into: &out)
      return nil
    }
    call.refuse(refusal, consent.instructions, into: &out)
    return nil
  }

  // MARK: Questions that wait

  /// Runs the call that a question was about, after the answer. Returns the range of the call's id
  /// in the reply.
  mutating func answer(
    _ question: Question, _ answer: PersonsAnswer, into out: inout ByteBuffer
  ) -> Range<Int>? {
    let start = out.count
    let range: Range<Int>? = question.withCall { message in
      guard case .request(let id, let method, let params) = message else { return nil }
      do throws(Failure) {
        out.beginResult(id)
        guard case .call(let call) = try askMCP(method, params, into: &out) else {
          throw .internalError
        }
        let room = WireLimits.replyBytesMax
        _ = try run(call, answer, to: question.agreement, room: room, into: &out)
        out.endResult()
      } catch {
        out.truncate(to: start)
        if !runner.isPostponed { refuse(id, error, &out) }
      }
      return ByteBuffer.range(of: id, inReplyFrom: start)
    }
    // A postponed call is answered again.
    if !runner.isPostponed { questions.remove(question.id) }
    return range
  }

  /// Removes the question about a call that was cancelled.
  mutating func cancelQuestion(_ params: JSONValue?, into out: inout ByteBuffer) {
    if questions.isEmpty { return }
    if let question = questions.cancel(params), !isInBatch {
      question.writeEnd("The call was cancelled.", into: &out)
    }
  }

  /// Refuses the calls whose question was not answered in time, or all of them at the end of input.
  mutating func endQuestions(
    isAtEnd: Bool, nowMs: @autoclosure () -> Int = Stopwatch.withSleepMs, into out: inout ByteBuffer
  ) {
    if questions.isEmpty { return }
    replies.begin()
    for question in questions.takeOverdue(isAtEnd ? .max : nowMs()) {
      var start = out.count
      if !isAtEnd {
        question.writeEnd("No person answered in time.", into: &out)
        replies.end(from: start, in: &out)
      }
      start = out.count
      _ = answer(question, .none, into: &out)
      replies.end(from: start, in: &out)
    }
    _ = replies.finish(framed: !takesBatches, in: &out)
  }
}
