/// How a person can be asked while a tool is called.
public enum AskingWay: Sendable {
  case impossible
  /// By a result that says what to ask; the client calls again with the answer.
  case result
  /// By a request to the client, while the call waits.
  case request
}
