public import JSON

/// Writes replies, and notifications and requests to the client, each as one line without its line
/// feed.
extension ByteBuffer {
  /// The start of a reply; its id follows.
  @inlinable public static var replyHead: StaticString { "{\"jsonrpc\":\"2.0\",\"id\":" }

  /// The byte range of the id in a reply that begins at `start`.
  public static func range(of id: RequestID, inReplyFrom start: Int) -> Range<Int> {
    let first = start + replyHead.utf8CodeUnitCount
    return first..<(first + lineSafeCount(of: id.text))
  }

  /// Starts the reply to `id`; its result follows, then `endResult`.
  @inlinable public mutating func beginResult(_ id: RequestID) {
    append(Self.replyHead)
    append(lineSafe: id.text)
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

  /// Starts a request to the client, whose first bytes differ from those of a reply. Its params
  /// follow, then `endRequest`.
  public mutating func beginRequest(_ method: StaticString, id: String) {
    append("{\"jsonrpc\":\"2.0\",\"method\":\"")
    append(method)
    append("\",\"id\":")
    write(id)
    append(",\"params\":")
  }

  public mutating func endRequest() { append(UInt8(ascii: "}")) }

  /// Writes a request that was received, without white space, to parse it again later.
  public mutating func append(compact id: RequestID, _ method: JSONValue, _ params: JSONValue?) {
    append(Self.replyHead)
    append(lineSafe: id.text)
    field("method")
    append(compact: method)
    if let params {
      field("params")
      append(compact: params)
    }
    append("}")
  }

  /// Writes a whole error reply; `id` is null if none could be read.
  public mutating func writeError(
    _ id: RequestID?, code: Int, message: String, data: (inout ByteBuffer) -> Void
  ) {
    append(Self.replyHead)
    if let id { append(lineSafe: id.text) } else { append("null") }
    append(",\"error\":{\"code\":")
    write(code)
    field("message")
    write(message)
    field("data")
    data(&self)
    append("}}")
  }
}
