/// Request lines, one after the other in one buffer, each with its LF.
struct Requests {
  private(set) var bytes: [UInt8]
  private(set) var lines: [Range<Int>] = []

  private static let lineFeed = UInt8(ascii: "\n")
  private static let mark = UInt8(ascii: "@")

  /// Splits a file's bytes. A last line without LF gets one; blank lines are not allowed.
  init(_ bytes: [UInt8]) throws(Failure) {
    self.bytes = bytes
    if let last = bytes.last, last != Requests.lineFeed { self.bytes.append(Requests.lineFeed) }
    var start = 0
    for (at, byte) in self.bytes.enumerated() where byte == Requests.lineFeed {
      guard at > start else { throw Failure("a blank request line") }
      lines.append(start..<at + 1)
      start = at + 1
    }
    guard !lines.isEmpty else { throw Failure("no request lines") }
  }

  /// The same requests with every @N@ replaced by the Nth id.
  ///
  /// A store that is filled through the pipe generates its ids, so a request file can't contain them
  /// in advance.
  func filled(with ids: [[UInt8]]) throws(Failure) -> Requests {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + lines.count * 36)
    var at = 0
    while at < bytes.count {
      if bytes[at] == Requests.mark, let (id, next) = placeholder(at: at, ids) {
        result.append(contentsOf: id)
        at = next
      } else {
        result.append(bytes[at])
        at += 1
      }
    }
    return try Requests(result)
  }

  /// The id for the @N@ at this offset, and the offset after it; nil for any other @.
  private func placeholder(at start: Int, _ ids: [[UInt8]]) -> (id: [UInt8], next: Int)? {
    var at = start + 1
    var index = 0
    while at < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[at] {
      index = index * 10 + Int(bytes[at] - UInt8(ascii: "0"))
      at += 1
    }
    guard at > start + 1, at < bytes.count, bytes[at] == Requests.mark, index < ids.count else {
      return nil
    }
    return (ids[index], at + 1)
  }
}
