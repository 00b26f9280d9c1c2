public import JSON

/// Writing replies, each one line without its line feed.
extension ByteBuffer {
  /// Starts the reply to `id`; its result follows, then `endResult`.
  @inlinable public mutating func beginResult(_ id: RequestID) {
    append("{\"jsonrpc\":\"2.0\",\"id\":")
    append(id.text)
    append(",\"result\":")
  }

  @inlinable public mutating func endResult() { append(UInt8(ascii: "}")) }

  /// Starts a notification; its params follow, then `endNotification`.
  public mutating func beginNotification(_ method: StaticString) {
    append("{\"jsonrpc\":\"2.0\",\"method\":\"")
    append(method)
    append("\",\"params\":")
  }

  public mutating func endNotification() { append(UInt8(ascii: "}")) }

  /// Writes a whole error reply; `id` is null where none could be read.
  public mutating func writeError(
    _ id: RequestID?, code: Int, message: String, data: (inout ByteBuffer) -> Void
  ) {
    append("{\"jsonrpc\":\"2.0\",\"id\":")
    if let id { append(id.text) } else { append("null") }
    append(",\"error\":{\"code\":")
    write(code)
    member("message")
    write(message)
    member("data")
    data(&self)
    append("}}")
  }
}
