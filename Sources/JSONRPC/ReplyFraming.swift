public import JSON

extension ByteBuffer {
  /// Writes the header of a message of `length` bytes, which follows.
  public mutating func appendHeader(_ length: Int) {
    append("Content-Length: ")
    write(length)
    append("\r\n\r\n")
  }
}
