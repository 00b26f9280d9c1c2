/// What is wrong with a header, so that nobody can tell where its message ends.
public enum HeaderProblem: Equatable, Sendable {
  /// A line that is not a name, a colon and a value.
  case notAHeader
  /// It ends without having told the length.
  case noLength
  /// The length is not a number of bytes, or one that no machine could count.
  case badLength
  /// The length stands twice.
  case secondLength
  /// It goes on for too long.
  case tooLong
  /// The input ended within the message.
  case cut
}
