internal import Glibc
public import JSON

extension ByteBuffer {
  /// Turns the lines from `start` on, each with its line feed, into messages with a header each.
  public mutating func putHeaders(from start: Int) {
    if count == start { return }
    // Short replies grow by a third.
    var framed = ByteBuffer(capacity: (count - start) / 2 * 3)
    var at = start
    let bytes = bytes
    while at < count, let base = bytes.baseAddress,
      let found = memchr(base + at, 0x0A, count - at)
    {
      let end = UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
      framed.append("Content-Length: ")
      framed.write(end - at)
      framed.append("\r\n\r\n")
      framed.append(base + at, end - at)
      at = end + 1
    }
    truncate(to: start)
    append(framed.bytes)
  }
}
