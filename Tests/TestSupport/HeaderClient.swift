internal import Foundation

/// A client that sends the lines of a transcript as messages with headers.
///
/// Three rules adapt lines to headers. Line ends and blank lines are not sent. A line that is
/// invalid JSON or any other text is an ordinary body. A batch, which the server must refuse, is
/// then sent as one message for each entry, and the replies are joined like the reply to a batch.
struct HeaderClient {
  /// The pattern of the reply that the transcript expects next.
  var expected: String?
  private var partOfLine: [UInt8] = []
  private var replies: [String] = []
  private var others: [String] = []
  private var skipsNext = false

  /// A request for an unknown method: its reply shows that all earlier requests are answered.
  static let mark = Array(#"{"jsonrpc":"2.0","id":"\#(markID)","method":"mark"}"#.utf8)
  private static let markID = "end of the batch"

  static func message(_ body: [UInt8]) -> [UInt8] {
    Array("Content-Length: \(body.count)\r\n\r\n".utf8) + body
  }

  /// The lines that are completed by these bytes, without blank ones.
  mutating func lines(_ bytes: [UInt8]) -> [[UInt8]] {
    var parts = (partOfLine + bytes).split(separator: 0x0A, omittingEmptySubsequences: false)
    partOfLine = parts.popLast().map(Array.init) ?? []
    return parts.compactMap(Self.line)
  }

  /// A last line without a line feed, unless it is blank.
  mutating func rest() -> [UInt8]? {
    defer { partOfLine = [] }
    return Self.line(partOfLine[...])
  }

  private static func line(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    let line = bytes.last == 0x0D ? bytes.dropLast() : bytes
    return line.allSatisfy { [0x20, 0x09, 0x0D].contains($0) } ? nil : Array(line)
  }

  // MARK: Batches

  /// The texts of the entries of a batch; nil for any other line.
  static func entries(of line: [UInt8]) -> [[UInt8]]? {
    do {
      guard try JSONSerialization.jsonObject(with: Data(line)) is [Any] else { return nil }
    } catch { return nil }
    var entries: [[UInt8]] = [[]]
    var (depth, isInString, isEscaped) = (0, false, false)
    for byte in line {
      let isOutside = !isInString
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\"") {
        isInString.toggle()
      } else if isInString {
        isEscaped = byte == UInt8(ascii: "\\")
      }
      if isOutside, "]}".utf8.contains(byte) { depth -= 1 }
      if isOutside, depth == 1, byte == UInt8(ascii: ",") {
        entries.append([])
      } else if depth > 0 {
        entries[entries.count - 1].append(byte)
      }
      if isOutside, "[{".utf8.contains(byte) { depth += 1 }
    }
    let texts = entries.compactMap { self.line($0[...]) }
    // Foundation accepts a trailing comma.
    return texts.count == entries.count || entries.count == 1 ? texts : nil
  }

  static func isNoBatch(_ reply: String) -> Bool {
    reply.hasPrefix(#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"#)
      && reply.contains("no batches")
  }

  /// Whether a batch is to be sent entry by entry. The refusal is already the expected reply if that
  /// reply is about batches, or if the batch contains a batch.
  mutating func wantsEntries(of batch: [[UInt8]]) -> Bool {
    skipsNext =
      expected?.contains("batch") ?? false || batch.contains { $0.first == UInt8(ascii: "[") }
    return !skipsNext
  }

  mutating func isSkipped() -> Bool {
    defer { skipsNext = false }
    return skipsNext
  }

  /// Collects a reply. Returns false at the mark: then all replies to the entries have arrived.
  /// Notifications follow them.
  mutating func isCollected(_ reply: String) -> Bool {
    if reply.hasPrefix(#"{"jsonrpc":"2.0","id":"\#(Self.markID)""#) {
      if !replies.isEmpty { others.insert("[\(replies.joined(separator: ","))]", at: 0) }
      replies = []
      return false
    }
    if reply.hasPrefix(#"{"jsonrpc":"2.0","method":"#) {
      others.append(reply)
    } else {
      replies.append(reply)
    }
    return true
  }

  mutating func collected() -> String? { others.isEmpty ? nil : others.removeFirst() }
}

extension RosterProcess {
  /// The next message with a header, which must have the form that Roster writes; nil at the end.
  public func readMessage(within seconds: Double = patienceSeconds) throws -> String? {
    guard let header = try readLine(within: seconds) else { return nil }
    guard let match = header.wholeMatch(of: /Content-Length: ([1-9][0-9]*)\r/),
      let count = Int(match.1), try readLine(within: seconds) == "\r"
    else { throw TestFailure("not a header: \(header)") }
    return String(decoding: try readBytes(count, within: seconds), as: UTF8.self)
  }
}
