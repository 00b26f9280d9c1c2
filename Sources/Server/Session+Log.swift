internal import Contract
internal import JSON
internal import UserMethods
internal import Users

extension Session {
  /// Runs a method, and logs its outcome.
  mutating func runLogged(
    _ method: Method<StoreAccessControl<Store>>, _ params: JSONValue?, _ request: RequestContext,
    into out: inout ByteBuffer
  ) throws(Failure) {
    let start = Stopwatch.nowMicros
    var outcome = "ok"
    defer {
      if !runner.isPostponed {
        requestLog.append(
          Log.Request(
            method: method.description.name.description, outcome: outcome,
            micros: Stopwatch.nowMicros - start, callerID: request.callerID))
      }
    }
    do throws(Failure) {
      try runner.run(method, params, request, into: &out)
    } catch {
      outcome = error.word
      throw error
    }
  }

  /// Logs a message that is not a request.
  mutating func logInvalid(_ failure: Failure) {
    if !isLogged { return }
    requestLog.append(
      Log.Request(method: "invalid_message", outcome: failure.word, micros: 0, callerID: nil))
  }
}
