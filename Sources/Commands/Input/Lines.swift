import Contract
import Glibc

/// The lines of a text, without their ends.
struct Lines {
  static let bytesMax = 4 << 20

  enum Line {
    case text(UnsafeBufferPointer<UInt8>)
    /// The last line, without a line end.
    case rest(UnsafeBufferPointer<UInt8>)
    /// It has more bytes than `bytesMax`, and is skipped.
    case tooLong

    var text: UnsafeBufferPointer<UInt8>? {
      switch self {
      case .text(let text), .rest(let text): text
      case .tooLong: nil
      }
    }

    var isCut: Bool { if case .rest = self { true } else { false } }
  }

  let stream: ByteStream

  /// Passes each line with its number to `body`.
  func handOut(_ body: (Int, Line) throws -> Void) throws {
    var number = 0
    var isSkipping = false
    func take(_ start: Int, _ end: Int, isCut: Bool = false) throws {
      number += 1
      let text = trimmed(start, end)
      if !isSkipping { try body(number, isCut ? .rest(text) : .text(text)) }
      isSkipping = false
    }
    repeat {
      var start = 0
      let bytes = stream.bytes
      while let base = bytes.baseAddress,
        let found = memchr(base + start, 0x0A, bytes.count - start)
      {
        let end = UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
        try take(start, end)
        start = end + 1
      }
      stream.removeFirst(start)
      if stream.bytes.count > Self.bytesMax {
        if !isSkipping { try body(number + 1, .tooLong) }
        isSkipping = true
        stream.removeFirst(stream.bytes.count)
      }
    } while try stream.fill()
    if !stream.bytes.isEmpty { try take(0, stream.bytes.count, isCut: true) }
    stream.removeFirst(stream.bytes.count)
  }

  /// Without the CR of a CRLF.
  private func trimmed(_ start: Int, _ end: Int) -> UnsafeBufferPointer<UInt8> {
    let bytes = stream.bytes
    let end = end > start && bytes[end - 1] == 0x0D ? end - 1 : end
    return UnsafeBufferPointer(rebasing: bytes[start..<end])
  }
}
