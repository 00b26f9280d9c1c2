public import JSON

/// Writing replies and what is sent besides, each one line without its line feed.
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

  /// Starts a request to the client, and not as replies start; its params follow, then `endRequest`.
  public mutating func beginRequest(_ method: StaticString, id: String) {
    append("{\"jsonrpc\":\"2.0\",\"method\":\"")
    append(method)
    append("\",\"id\":")
    write(id)
    append(",\"params\":")
  }

  public mutating func endRequest() { append(UInt8(ascii: "}")) }

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

/// Taking replies back, before they have left.
extension ByteBuffer {
  /// Removes those of the lines from `start` on that are replies and of which `isUnwanted` says so, by
  /// the id as its request has it and the position among the lines. A batch's replies stay.
  public mutating func removeReplies(
    from start: Int, where isUnwanted: (_ id: [UInt8], _ position: Int) -> Bool
  ) {
    var kept = ByteBuffer(capacity: count - start)
    var at = start
    var position = 0
    while let end = bytes[at...].firstIndex(of: 0x0A) {
      let line = UnsafeBufferPointer(rebasing: bytes[at...end])
      if !(Self.replyID(of: line).map { isUnwanted($0, position) } ?? false) { kept.append(line) }
      at = end + 1
      position += 1
    }
    // What is there of a batch that is not yet answered.
    kept.append(UnsafeBufferPointer(rebasing: bytes[at...]))
    truncate(to: start)
    append(kept.bytes)
  }

  private static func replyID(of line: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    let head = Array("{\"jsonrpc\":\"2.0\",\"id\":".utf8)
    guard line.count > head.count, line.starts(with: head) else { return nil }
    let rest = line[head.count...]
    guard rest.first == UInt8(ascii: "\"") else {
      return rest.firstIndex(of: UInt8(ascii: ",")).map { Array(rest[..<$0]) }
    }
    var isEscaped = false
    for at in rest.indices.dropFirst() {
      if isEscaped {
        isEscaped = false
      } else if rest[at] == UInt8(ascii: "\"") {
        return Array(rest[...at])
      } else {
        isEscaped = rest[at] == UInt8(ascii: "\\")
      }
    }
    return nil
  }
}
