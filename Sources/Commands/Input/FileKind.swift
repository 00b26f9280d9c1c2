import Contract
import Glibc

/// The format of a text, detected from its first bytes.
enum FileKind: Equatable {
  case csv
  /// One JSON object on each line.
  case lines
  /// JSON that contains a list of objects.
  case document

  /// At most this much of a text is inspected.
  private static let headBytesMax = 1 << 20

  /// Inspects the bytes of `stream`, and reads as many more as are needed to decide.
  static func of(_ stream: ByteStream, _ format: RowFormat?, hasPointer: Bool) throws -> FileKind {
    var isAtEnd = false
    while true {
      let head = Head(bytes: stream.bytes, isWhole: isAtEnd || stream.bytes.count >= headBytesMax)
      if let other = ForeignFile.of(head.bytes) { throw other.refusal(of: stream.name) }
      if !head.bytes.isEmpty || isAtEnd {
        if hasPointer, let first = head.first, !"{[".utf8.contains(first) {
          throw CommandError(
            "\(stream.name) is not JSON, so it has no list at a path", "Leave out --at.")
        }
        if hasPointer { return .document }
        if let format { return format.kind }
        if let kind = head.kind(stream.name) { return kind }
      }
      isAtEnd = try !stream.fill()
    }
  }
}

extension RowFormat {
  fileprivate var kind: FileKind {
    switch self {
    case .csv: .csv
    case .jsonl: .lines
    case .json: .document
    }
  }
}

/// The beginning of a text.
private struct Head {
  /// With this many bytes CSV is certain.
  private static let bytesMin = 512
  /// The lists that need no --at.
  static let listNames = ["users", "Users", "Resources"]

  let bytes: UnsafeBufferPointer<UInt8>
  /// Whether no more bytes are inspected.
  let isWhole: Bool

  var isEnough: Bool { bytes.count >= Self.bytesMin }

  /// nil if more bytes are needed.
  func kind(_ name: String) -> FileKind? {
    guard let first = bytes.firstIndex(where: { !isSpace($0) }) else {
      return isWhole ? .lines : nil
    }
    switch bytes[first] {
    case UInt8(ascii: "["): return .document
    case UInt8(ascii: "{"): return object(from: first)
    default:
      let name = name.lowercased()
      if name.ends(with: ".jsonl") || name.ends(with: ".ndjson") { return .lines }
      let rest = bytes[first...]
      return isWhole || isEnough || rest.contains(0x0A) ? .csv : nil
    }
  }

  /// The first byte that is not a space.
  var first: UInt8? { bytes.first { !isSpace($0) } }

  private func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  /// Whether the object that begins here is a line, or a document that contains a list.
  private func object(from start: Int) -> FileKind? {
    var (depth, at) = (0, start)
    var key: Range<Int>?
    var (hasList, hasEmail) = (false, false)
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "\""):
        guard let end = endOfString(at) else { return unfinished(from: start) }
        if depth == 1 {
          key = at + 1..<end
          if "email".utf8.elementsEqual(bytes[at + 1..<end]) { hasEmail = true }
        }
        at = end
      case UInt8(ascii: "["):
        if depth == 1, let key, isListName(key) { return .document }
        depth += 1
      case UInt8(ascii: "{"):
        if hasListBefore(at) { hasList = true }
        depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return hasList && !hasEmail ? afterObject(at) : .lines }
      case UInt8(ascii: ","): if depth == 1 { key = nil }
      case 0x0A: return afterLine(at)
      default: break
      }
      at += 1
    }
    return isWhole ? .lines : nil
  }

  private func hasListBefore(_ at: Int) -> Bool {
    bytes[..<at].last { !isSpace($0) } == UInt8(ascii: "[")
  }

  /// An object that contains a list of objects is a document if it is alone and not an account.
  private func afterObject(_ end: Int) -> FileKind? {
    if bytes[(end + 1)...].contains(where: { !isSpace($0) }) { return .lines }
    return isWhole ? .document : nil
  }

  private func isListName(_ key: Range<Int>) -> Bool {
    Self.listNames.contains { $0.utf8.elementsEqual(bytes[key]) }
  }

  private func endOfString(_ start: Int) -> Int? {
    var at = start + 1
    while at < bytes.count, bytes[at] != 0x0A {
      if bytes[at] == UInt8(ascii: "\"") { return at }
      at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
    }
    return nil
  }

  private func unfinished(from start: Int) -> FileKind? {
    if let end = bytes[start...].firstIndex(of: 0x0A) { return afterLine(end) }
    return isWhole ? .lines : nil
  }

  /// The object does not end on its first line. If the next line begins another, the first is
  /// broken.
  private func afterLine(_ end: Int) -> FileKind? {
    guard let next = bytes[end...].firstIndex(where: { !isSpace($0) }) else {
      return isWhole ? .lines : nil
    }
    return bytes[next] == UInt8(ascii: "{") ? .lines : .document
  }
}
