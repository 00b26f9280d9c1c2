internal import JSON

/// Takes bytes as they arrive and hands out messages.
///
/// The first byte that is not blank decides for good how they are told apart: a C begins a header,
/// anything else a line. A byte order mark directly before a first message is passed over. A message has at most `lineBytesMax` bytes; a longer one is dropped as it
/// arrives, not held, and reported once. Messages stay valid until the next `receive`, and until
/// then `rewind` can hand them out again.
public struct Framer: ~Copyable {
  public enum Frame {
    case message(UnsafeBufferPointer<UInt8>)
    case oversized
    /// No message can be found from here on; nothing follows.
    case refused(HeaderProblem)
  }

  /// A place to come back to.
  public struct Mark {
    fileprivate let start: Int
    fileprivate let lines: LineFramer
    fileprivate let headers: HeaderFramer
  }

  /// Memory kept between messages; what a long one needed beyond that is given back.
  static let keptBytesMax = 1 << 20

  /// nil until a byte has come that is not blank.
  public private(set) var framing: Framing?
  private let lineBytesMax: Int
  private var buffer: ByteBuffer
  /// Where the bytes begin that no frame has covered yet.
  private var start = 0
  /// How many blank bytes have come since the last line feed, before it was decided.
  private var blankCount = 0
  /// How many bytes of a byte order mark have come, before it was decided.
  private var markCount = 0
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private var lines = LineFramer()
  private var headers = HeaderFramer()

  public init(lineBytesMax: Int) {
    self.lineBytesMax = lineBytesMax
    buffer = ByteBuffer(capacity: 1 << 16)
  }

  /// Lets `body` put up to `space` bytes behind those that wait; returns how many it put.
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

  /// Here and not in `next`, so that going back never has to undo it.
  private mutating func decide(from known: Int) {
    for at in known..<buffer.count {
      let byte = buffer.bytes[at]
      if markCount < Self.byteOrderMark.count, byte == Self.byteOrderMark[markCount] {
        markCount += 1
        continue
      }
      if markCount > 0 {
        // Anywhere else it is a part of what comes first, and no JSON.
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
        // A line that is too long was a line, whatever follows.
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

  public var mark: Mark { Mark(start: start, lines: lines, headers: headers) }

  /// Hands out again what has been handed out since `mark`, which no `receive` may have followed.
  public mutating func rewind(to mark: Mark) {
    (start, lines, headers) = (mark.start, mark.lines, mark.headers)
  }

  /// The next frame. At the end of input (`isAtEnd`) a last line needs no line feed, and a message
  /// with a header that is not all there is refused.
  public mutating func next(isAtEnd: Bool = false) -> Frame? {
    // Blank lines alone may come and go before it is decided.
    framing == .contentLength
      ? headers.next(in: buffer.bytes, from: &start, lineBytesMax, isAtEnd)
      : lines.next(in: buffer.bytes, from: &start, lineBytesMax, isAtEnd)
  }
}
