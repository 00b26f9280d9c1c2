import Glibc

/// Splits a command's output into lines and refuses every line that is not a success.
struct Replies {
  /// The number of whole lines that were read.
  private(set) var count = 0
  /// The record ids of the replies; empty unless `keepsIDs`.
  private(set) var ids: [[UInt8]] = []

  private let isEcho: Bool
  private let keepsIDs: Bool
  private var buffer = [UInt8](repeating: 0, count: Replies.bufferBytesMin)
  /// The number of bytes at the buffer's start that belong to a line whose LF has not arrived.
  private var pending = 0

  private static let bufferBytesMin = 1 << 20
  /// The members of the envelope come first, so only this part of a line is searched for a success.
  private static let headBytesMax = 96
  private static let idLength = 36

  init(isEcho: Bool, keepsIDs: Bool = false) {
    self.isEcho = isEcho
    self.keepsIDs = keepsIDs
  }

  /// Reads once and checks the lines that are whole. False when a non-blocking pipe is empty.
  mutating func readOnce(from output: Int32) throws(Failure) -> Bool {
    if pending == buffer.count {
      buffer.append(contentsOf: repeatElement(0, count: buffer.count))
    }
    let start = pending
    let received = buffer.withUnsafeMutableBytes { bytes in
      read(output, bytes.baseAddress! + start, bytes.count - start)
    }
    if received < 0, errno == EAGAIN { return false }
    guard received >= 0 else { throw .system("read") }
    guard received > 0 else { throw Failure("the command ended after \(count) replies") }
    try takeLines(upTo: start + received, scannedTo: start)
    return true
  }

  /// Reads, blocking, until the total number of replies is `total`.
  mutating func take(until total: Int, from output: Int32) throws(Failure) {
    while count < total { _ = try readOnce(from: output) }
    guard count == total, pending == 0 else { throw Failure("more replies than requests") }
  }

  private mutating func takeLines(upTo end: Int, scannedTo scanned: Int) throws(Failure) {
    var lineStart = 0
    var from = scanned
    while let lineFeed = indexOfLineFeed(from: from, to: end) {
      try check(lineStart..<lineFeed)
      count += 1
      lineStart = lineFeed + 1
      from = lineStart
    }
    pending = end - lineStart
    guard lineStart > 0, pending > 0 else { return }
    buffer.withUnsafeMutableBytes { bytes in
      _ = memmove(bytes.baseAddress!, bytes.baseAddress! + lineStart, end - lineStart)
    }
  }

  private func indexOfLineFeed(from: Int, to end: Int) -> Int? {
    buffer.withUnsafeBytes { bytes in
      let base = bytes.baseAddress!
      guard let hit = memchr(base + from, 10, end - from) else { return nil }
      return UnsafeRawPointer(hit) - base
    }
  }

  /// A line must contain a "result" that is not null: a record that isn't found costs less.
  private mutating func check(_ line: Range<Int>) throws(Failure) {
    if isEcho { return }
    let head = line.lowerBound..<min(line.upperBound, line.lowerBound + Replies.headBytesMax)
    guard let result = index(of: "\"result\":", in: head), !isNull(at: result + 9, in: line) else {
      let text = String(decoding: buffer[line].prefix(400), as: UTF8.self)
      throw Failure("reply \(count + 1) is not a success: \(text)")
    }
    if keepsIDs { ids.append(try recordID(in: result..<line.upperBound)) }
  }

  private func isNull(at start: Int, in line: Range<Int>) -> Bool {
    var at = start
    while at < line.upperBound, buffer[at] == UInt8(ascii: " ") { at += 1 }
    return at < line.upperBound && buffer[at] == UInt8(ascii: "n")
  }

  /// The first id of a record: a UUID of 36 characters.
  private func recordID(in line: Range<Int>) throws(Failure) -> [UInt8] {
    guard let name = index(of: "\"id\":\"", in: line),
      name + 6 + Replies.idLength <= line.upperBound
    else { throw Failure("no id in reply \(count + 1)") }
    return Array(buffer[name + 6..<name + 6 + Replies.idLength])
  }

  private func index(of needle: StaticString, in range: Range<Int>) -> Int? {
    buffer.withUnsafeBytes { bytes in
      let start = bytes.baseAddress! + range.lowerBound
      guard let hit = memmem(start, range.count, needle.utf8Start, needle.utf8CodeUnitCount)
      else { return nil }
      return UnsafeRawPointer(hit) - bytes.baseAddress!
    }
  }
}
