internal import Contract
internal import JSON

// Failures that occur before a method runs, and the failure of a reply that is too long.
extension Failure {
  static func parseError(_ error: JSONSyntaxError) -> Failure {
    Failure(
      .parseError, "The message is not JSON: \(error).",
      hint:
        "Send one JSON text per message, in UTF-8; if a line is a message, without line breaks "
        + "inside it.")
  }

  static func invalidRequest(_ reason: String) -> Failure {
    Failure(
      .invalidRequest, "Not a JSON-RPC 2.0 request. \(reason)",
      hint: "Send {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"users.list\",\"params\":{}}.")
  }

  static var shutDown: Failure {
    Failure(
      .invalidRequest, "Roster is shutting down and accepts only \"exit\".",
      hint: "Send {\"jsonrpc\":\"2.0\",\"method\":\"exit\"}, and start Roster anew.")
  }

  static func methodNotFound(_ name: String, known: [MethodDescription]) -> Failure {
    let nearest = Spelling.nearest(to: name, in: known.map(\.name.description))
    return Failure(
      .methodNotFound, "There is no method with this name.",
      hint: nearest.map { "Did you mean \($0)?" } ?? "\(method: "rpc.discover") lists all methods.")
  }

  static func messageTooLarge(_ bytesMax: Int) -> Failure {
    Failure(
      .tooLarge, reason: "line", "The message is longer than \(bytesMax) bytes and was dropped.",
      hint: "Send smaller requests, or start Roster with a larger --line-bytes-max.")
  }

  static var replyTooLarge: Failure {
    Failure(
      .tooLarge, reason: "reply",
      "The reply would be longer than \(WireLimits.replyBytesMax) bytes; nothing was changed.",
      hint: "Ask for fewer users or fields at a time, or send fewer requests in one batch.")
  }

  static func batchTooLarge(_ count: Int) -> Failure {
    Failure(
      .tooLarge, reason: "batch",
      "The batch has \(count) entries; at most \(WireLimits.batchRequestsMax) are allowed.",
      hint: "Split it; none of it was executed.")
  }
}
