internal import JSON

/// The id of a request, as its received text: `92`, `"92"` and `92.0` are three ids. Replies
/// repeat the text byte for byte, except for unescaped line ends (see
/// `ByteBuffer.append(lineSafe:)`). A slice of the request's line, valid as long as the line is.
public struct RequestID {
  public let text: UnsafeBufferPointer<UInt8>

  /// A string, a number or null may be an id; no other value may.
  init?(_ value: JSONValue) {
    switch value.kind {
    case .string, .number, .null: text = value.text
    case .true, .false, .array, .object: return nil
    }
  }
}
