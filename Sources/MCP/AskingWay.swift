/// How a person can be asked during a tool call.
public enum AskingWay: Sendable {
  case impossible
  /// The result contains the question; the client repeats the call with the answer.
  case result
  /// The server sends a request to the client during the call.
  case request
}
