internal import JSON

/// Splits the bytes that arrive into messages.
///
/// The first byte that is not blank decides the framing for good: a C begins a header, any other
/// byte a line. A byte order mark directly before the first message is skipped. A message has at
/// most `lineBytesMax` bytes; a longer one is dropped as it arrives, without being stored, and
/// reported once. Messages stay valid until the next `receive`, and until then `rewind` can return
/// to them.
public struct Framer: ~Copyable {
  public enum Frame {
    case message(UnsafeBufferPointer<UInt8>)
    case oversized
    /// No message can be found after this; no frame follows.
    case refused(HeaderProblem)
  }

  /// A state to rewind to.
  public struct Mark {
    fileprivate let start: Int
    fileprivate let lines: LineFramer
    fileprivate let headers: HeaderFramer
  }

  /// The memory in bytes that is kept between messages; memory beyond it is freed.
  static let keptBytesMax = 1 << 20

  /// nil until the first byte that is not blank.
  public private(set) var framing: Framing?
  private let lineBytesMax: Int
  private var buffer: ByteBuffer
  /// The offset of the first byte that no frame has covered yet.
  private var start = 0
  /// The number of blank bytes since the last line feed, before the framing was decided.
  private var blankCount = 0
  /// The number of bytes of a byte order mark, before the framing was decided.
  private var markCount = 0
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private var lines = LineFramer()
  private var headers = HeaderFramer()

  public init(lineBytesMax: Int) {
    self.lineBytesMax = lineBytesMax
    buffer = ByteBuffer(capacity: 1 << 16)
  }

  /// Lets `body` append up to `space` bytes to the unread ones; returns how many it appended.
  public mutating func receive<E: Error>(
    _ space: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) throws(E) -> Int
  ) throws(E) -> Int {
    dropHandedOut()
    let known = buffer.count
    let count = try buffer.fill(space, body)
    if framing == nil { decide(from: known) }
    return count
  }

  private mutating func dropHandedOut() {
    guard start > 0 else { return }
    if start == buffer.count {
      buffer.reset(keeping: Self.keptBytesMax)
    } else {
      buffer.removeFirst(start)
    }
    start = 0
  }

  /// Called by `receive` and not by `next`, so that `rewind` never has to undo it.
  private mutating func decide(from known: Int) {
    for at in known..<buffer.count {
      let byte = buffer.bytes[at]
      if markCount < Self.byteOrderMark.count, byte == Self.byteOrderMark[markCount] {
        markCount += 1
        continue
      }
      if markCount > 0 {
        // Anywhere else, a byte order mark is part of the first message, which is not JSON then.
        guard markCount == Self.byteOrderMark.count, "{[Cc".utf8.contains(byte) else {
          framing = .lines
          return
        }
        buffer.blank((at - markCount)..<at)
      }
      switch byte {
      case 0x0A: blankCount = 0
      case 0x20, 0x09, 0x0D:
        blankCount += 1
        // An overlong blank line is a line, whatever follows.
        if blankCount > lineBytesMax {
          framing = .lines
          return
        }
      case UInt8(ascii: "C"), UInt8(ascii: "c"):
        framing = .contentLength
        return
      default:
        framing = .lines
        return
      }
    }
  }

  /// Whether `next` surely has no frame before more bytes arrive. False proves nothing: with headers,
  /// an empty message may follow.
  public var isDrained: Bool { start == buffer.count && framing != .contentLength }

  public var mark: Mark { Mark(start: start, lines: lines, headers: headers) }

  /// Returns to `mark`, so that `next` repeats the frames since then. `receive` must not have been
  /// called since.
  public mutating func rewind(to mark: Mark) {
    (start, lines, headers) = (mark.start, mark.lines, mark.headers)
  }

  /// The next frame. At the end of input (`isAtEnd`), a last line needs no line feed, and an
  /// incomplete message with a header is refused.
  public mutating func next(isAtEnd: Bool = false) -> Frame? {
    // Before the framing is decided there can only be blank lines, which are skipped.
    framing == .contentLength
      ? headers.next(in: buffer.bytes, from: &start, lineBytesMax, isAtEnd)
      : lines.next(in: buffer.bytes, from: &start, lineBytesMax, isAtEnd)
  }
}
