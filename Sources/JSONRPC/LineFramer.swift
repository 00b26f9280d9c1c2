internal import Glibc
internal import JSON

/// Takes bytes as they arrive and hands out lines: LF ends one, CRLF too, blank ones are skipped.
///
/// A line is at most `lineBytesMax` bytes, its end not counted. A longer one is dropped as it
/// arrives, not held, and reported once when it ends. Lines stay valid until the next `receive`,
/// and until then `rewind` can hand them out again.
public struct LineFramer: ~Copyable {
  public enum Frame {
    case line(UnsafeBufferPointer<UInt8>)
    case oversized
  }

  /// A place to come back to.
  public struct Mark {
    fileprivate let start: Int
    fileprivate let isDiscarding: Bool
  }

  /// Memory kept between lines; what a long line needed beyond that is given back.
  static let keptBytesMax = 1 << 20

  private let lineBytesMax: Int
  private var buffer: ByteBuffer
  /// Where the bytes begin that no frame has covered yet.
  private var start = 0
  /// How far from `start` on there is known to be no line feed.
  private var scanned = 0
  private var isDiscarding = false

  public init(lineBytesMax: Int) {
    self.lineBytesMax = lineBytesMax
    buffer = ByteBuffer(capacity: 1 << 16)
  }

  /// Lets `body` put up to `space` bytes behind those that wait; returns how many it put.
  public mutating func receive<E: Error>(
    _ space: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) throws(E) -> Int
  ) throws(E) -> Int {
    dropHandedOut()
    return try buffer.fill(space, body)
  }

  private mutating func dropHandedOut() {
    guard start > 0 else { return }
    if start == buffer.count {
      buffer.reset(keeping: Self.keptBytesMax)
    } else {
      buffer.removeFirst(start)
    }
    scanned -= start
    start = 0
  }

  public var mark: Mark { Mark(start: start, isDiscarding: isDiscarding) }

  /// Hands out again what has been handed out since `mark`, which no `receive` may have followed.
  public mutating func rewind(to mark: Mark) {
    (start, scanned, isDiscarding) = (mark.start, mark.start, mark.isDiscarding)
  }

  /// The next frame; at the end of input (`isAtEnd`) a last line needs no line feed.
  public mutating func next(isAtEnd: Bool = false) -> Frame? {
    while let end = lineEnd(isAtEnd) {
      let from = start
      start = min(end + 1, buffer.count)
      scanned = start
      if isDiscarding || contentEnd(from, end) - from > lineBytesMax {
        isDiscarding = false
        return .oversized
      }
      let line = UnsafeBufferPointer(rebasing: buffer.bytes[from..<contentEnd(from, end)])
      if !isBlank(line) { return .line(line) }
    }
    // One byte more than the longest line may still be the CR of its CRLF.
    if isDiscarding || buffer.count - start > lineBytesMax + 1 {
      isDiscarding = true
      start = buffer.count
      scanned = start
    }
    return nil
  }

  private mutating func lineEnd(_ isAtEnd: Bool) -> Int? {
    let bytes = buffer.bytes
    guard let base = bytes.baseAddress else { return nil }
    if scanned < bytes.count, let found = memchr(base + scanned, 0x0A, bytes.count - scanned) {
      return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
    }
    scanned = bytes.count
    return isAtEnd && (start < bytes.count || isDiscarding) ? bytes.count : nil
  }

  private func contentEnd(_ from: Int, _ end: Int) -> Int {
    end > from && buffer.bytes[end - 1] == 0x0D ? end - 1 : end
  }

  private func isBlank(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }
}
