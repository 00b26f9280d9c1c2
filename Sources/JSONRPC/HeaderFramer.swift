/// Finds messages that each have a header: `Content-Length: 2`, an empty line, and that many bytes
/// (https://microsoft.github.io/language-server-protocol, base protocol).
///
/// Blank bytes before a header are skipped. An overlong body is reported as soon as its header is
/// read, and dropped as it arrives. After a header without a length, no further header is searched
/// for, because text that looks like one may be message content that another person wrote.
struct HeaderFramer {
  private enum State {
    case header
    case body(byteCount: Int)
    case skipping(byteCount: Int)
    case refused
  }

  private var state = State.header

  mutating func next(
    in bytes: UnsafeBufferPointer<UInt8>, from start: inout Int, _ bodyBytesMax: Int,
    _ isAtEnd: Bool
  ) -> Framer.Frame? {
    while true {
      switch state {
      case .header:
        start += bytes[start...].prefix(while: isBlank).count
        if start == bytes.count { return nil }
        switch HeaderBlock.read(UnsafeBufferPointer(rebasing: bytes[start...])) {
        case .incomplete:
          return isAtEnd ? refuse(.cut) : nil
        case .complete(let byteCount, let contentLength):
          start += byteCount
          state = .body(byteCount: contentLength)
          if contentLength > bodyBytesMax {
            state = .skipping(byteCount: contentLength)
            return .oversized
          }
        case .refused(let problem):
          return refuse(problem)
        }
      case .body(let byteCount):
        guard bytes.count - start >= byteCount else { return isAtEnd ? refuse(.cut) : nil }
        state = .header
        let from = start
        start += byteCount
        return .message(UnsafeBufferPointer(rebasing: bytes[from..<start]))
      case .skipping(let byteCount):
        let here = min(byteCount, bytes.count - start)
        start += here
        state = here == byteCount ? .header : .skipping(byteCount: byteCount - here)
        // The message was reported already, so a missing end changes nothing.
        if here < byteCount { return nil }
      case .refused:
        start = bytes.count
        return nil
      }
    }
  }

  private func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x0A || byte == 0x0D || byte == 0x20 || byte == 0x09
  }

  private mutating func refuse(_ problem: HeaderProblem) -> Framer.Frame {
    state = .refused
    return .refused(problem)
  }
}
