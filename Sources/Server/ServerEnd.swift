public import Contract
internal import JSONRPC

/// Why the server has stopped.
public enum ServerEnd {
  /// All requests are answered, or the reader is gone.
  case served
  /// The reader did not take all replies in time.
  case repliesLeft
  /// The input could not be split into messages any more.
  case refused(Failure)
  /// The client sent `exit` without `shutdown`.
  case exited
  /// Input can't be read, or replies can't be written; with the system's message.
  case inputFailed(String)
  case outputFailed(String)
}

extension Failure {
  /// A header that does not say where its message ends; the connection ends with it.
  static func header(_ problem: HeaderProblem) -> Failure {
    let (message, hint) = words(problem)
    return Failure(
      .parseError, reason: "header", message,
      hint: "\(hint) Then start Roster again and repeat the requests without a reply.")
  }

  private static func words(_ problem: HeaderProblem) -> (message: String, hint: String) {
    switch problem {
    case .notAHeader:
      (
        "The input is not a header. Nothing after it can be read.",
        "Check that each Content-Length is the number of bytes of its body, in UTF-8."
      )
    case .noLength:
      (
        "A header ended without a Content-Length. Nothing after it can be read.",
        "Send Content-Length before each body."
      )
    case .badLength:
      (
        "A Content-Length is not a number of bytes. Nothing after it can be read.",
        "Send the length of the body in bytes, in decimal digits."
      )
    case .secondLength:
      (
        "A header has a second Content-Length. Nothing after it can be read.",
        "Send Content-Length once before each body."
      )
    case .tooLong:
      (
        "A header is longer than \(HeaderBlock.headerBytesMax) bytes. Nothing after it can be read.",
        "Send Content-Length, an empty line, and the body."
      )
    case .cut:
      (
        "The input ended within a message.",
        "Send as many bytes as Content-Length says before you close the input."
      )
    }
  }
}
