internal import JSON

/// The id of a request, as the text that came: `92`, `"92"` and `92.0` are three ids, and each goes
/// back byte for byte. A slice of the request's line, valid as long as that is.
public struct RequestID {
  public let text: UnsafeBufferPointer<UInt8>

  /// A string, a number or null may be an id; anything else is none.
  init?(_ value: JSONValue) {
    switch value.kind {
    case .string, .number, .null: text = value.text
    case .true, .false, .array, .object: return nil
    }
  }
}
