/// Why a header is refused, so that the end of its message is unknown.
public enum HeaderProblem: Equatable, Sendable {
  /// A line is not a name, a colon and a value.
  case notAHeader
  /// The header ends without a length.
  case noLength
  /// The length is not a number of bytes, or does not fit in `Int`.
  case badLength
  /// The length occurs twice.
  case secondLength
  /// The header is longer than `HeaderBlock.headerBytesMax`.
  case tooLong
  /// The input ended within the message.
  case cut
}
