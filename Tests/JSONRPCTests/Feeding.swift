import JSONRPC
import Testing

/// A frame of a framer. In tables a text is a message, and nil a message that was too long.
enum Seen: Equatable, Sendable, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
  case message(String)
  case oversized
  case refused(HeaderProblem)

  init(stringLiteral text: String) { self = .message(text) }
  init(nilLiteral: ()) { self = .oversized }
}

func put(_ text: String, _ framer: inout Framer) { put(Array(text.utf8), &framer) }

func put(_ bytes: [UInt8], _ framer: inout Framer) {
  let count = framer.receive(bytes.count) { space in space.update(fromContentsOf: bytes) }
  #expect(count == bytes.count)
}

func take(_ framer: inout Framer, count: Int = .max, isAtEnd: Bool = false) -> [Seen] {
  var frames: [Seen] = []
  while frames.count < count {
    let isDrained = framer.isDrained && !isAtEnd
    guard let frame = framer.next(isAtEnd: isAtEnd) else { break }
    #expect(!isDrained)
    switch frame {
    case .message(let bytes): frames.append(.message(String(decoding: bytes, as: UTF8.self)))
    case .oversized: frames.append(.oversized)
    case .refused(let problem): frames.append(.refused(problem))
    }
  }
  return frames
}

/// All frames of an input in these pieces, taken after each piece and at the end of the input.
func frames(_ pieces: [ArraySlice<UInt8>], lineBytesMax: Int = 8) -> [Seen] {
  var framer = Framer(lineBytesMax: lineBytesMax)
  var frames: [Seen] = []
  for piece in pieces {
    put(Array(piece), &framer)
    frames += take(&framer)
  }
  return frames + take(&framer, isAtEnd: true)
}

/// The same for input that arrives `piece` bytes at a time.
func drip(_ bytes: [UInt8], by piece: Int, lineBytesMax: Int = 8) -> [Seen] {
  let pieces = stride(from: 0, to: bytes.count, by: piece).map {
    bytes[$0..<min($0 + piece, bytes.count)]
  }
  return frames(pieces, lineBytesMax: lineBytesMax)
}
