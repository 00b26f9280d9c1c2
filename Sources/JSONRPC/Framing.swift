/// How messages are separated.
public enum Framing: Sendable {
  /// One JSON text a line.
  case lines
  /// A header with the length before each text, as in the Language Server Protocol.
  case contentLength
}
