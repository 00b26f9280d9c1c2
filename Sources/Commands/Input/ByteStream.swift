import Contract
import Glibc
import JSON
import Server

/// The text of a file or a pipe as UTF-8, as it arrives. A byte order mark may declare UTF-16; it
/// is not part of the text.
final class ByteStream {
  private static let readBytes = 1 << 20

  let name: String
  /// Called before a read that may block, and before long rows.
  var whenWaiting: () throws -> Void = {}
  /// Called at the end of the input; throws if the process that writes the text reports an error.
  var whenEnded: () throws -> Void = {}
  /// Whether a CR alone ends a line: it is replaced by a LF.
  var endsLinesByCR = false

  private let file: Int32
  /// The offset of the text in a file that can be read again; nil for a pipe.
  private let start: off_t?
  private var buffer = ByteBuffer(capacity: readBytes * 2)
  private var utf16: UTF16Decoder?
  private var hasBegun = false

  init(_ file: Int32, name: String) {
    self.file = file
    self.name = name
    let offset = lseek(file, 0, SEEK_CUR)
    start = offset < 0 ? nil : offset
  }

  deinit { if file != STDIN_FILENO { close(file) } }

  /// The bytes that arrived and were not removed. Valid until the next change.
  var bytes: UnsafeBufferPointer<UInt8> { buffer.bytes }

  func removeFirst(_ count: Int) { buffer.removeFirst(count) }

  /// Whether it is a file, not a pipe.
  var canRewind: Bool { start != nil }

  /// Goes back to the start of the text.
  func rewind() {
    guard let start, lseek(file, start, SEEK_SET) == start else { return }
    buffer.truncate(to: 0)
    (utf16, hasBegun) = (nil, false)
  }

  /// Waits for more; false at the end.
  func fill() throws -> Bool {
    if hasBegun { return try fillOnce() }
    // A byte order mark has up to four bytes.
    while buffer.count < 4, try fillOnce() {}
    hasBegun = true
    let head = Array(bytes.prefix(4))
    if head == [0xFF, 0xFE, 0, 0] || head == [0, 0, 0xFE, 0xFF] {
      throw ForeignFile.utf32.refusal(of: name)
    }
    if head.starts(with: [0xEF, 0xBB, 0xBF]) { buffer.removeFirst(3) }
    if let order = UTF16Decoder.order(head) {
      utf16 = UTF16Decoder(order, name: name)
      let rest = Array(bytes.dropFirst(2))
      buffer.truncate(to: 0)
      try rest.withUnsafeBufferPointer { try utf16?.decode($0, into: &buffer) }
    }
    return buffer.count > 0
  }

  private func fillOnce() throws -> Bool {
    let old = buffer.count
    var raw = ByteBuffer(capacity: utf16 == nil ? 0 : Self.readBytes)
    let count = utf16 == nil ? try read(into: &buffer) : try read(into: &raw)
    if count == 0 {
      // The input may have ended because the process was stopped.
      if ShutdownSignal.isStopping { throw Interruption() }
      try utf16?.end()
      try whenEnded()
    }
    try utf16?.decode(raw.bytes, into: &buffer)
    if endsLinesByCR { buffer.replace(0x0D, by: 0x0A, from: old) }
    return count > 0
  }

  private func read(into buffer: inout ByteBuffer) throws -> Int {
    while true {
      if ShutdownSignal.isStopping { throw Interruption() }
      var ready = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      if poll(&ready, 1, 0) != 1 { try whenWaiting() }
      let count = buffer.fill(Self.readBytes) { Glibc.read(file, $0.baseAddress, $0.count) }
      if count >= 0 { return count }
      if errno != EINTR { throw InputFile.unreadable(name) }
    }
  }
}

extension ByteStream {
  /// Waits for a whole line, or for as much of it as is inspected.
  func fillLine() throws {
    while !bytes.contains(0x0A), bytes.count < Self.readBytes, try fill() {}
  }

  /// Treats CR as the line end from now on, if the text has CR and no LF.
  func takeLineEndsByCR() {
    guard !bytes.contains(0x0A), bytes.dropLast().contains(0x0D) else { return }
    endsLinesByCR = true
    buffer.replace(0x0D, by: 0x0A, from: 0)
  }
}

extension ByteBuffer {
  fileprivate mutating func replace(_ byte: UInt8, by other: UInt8, from start: Int) {
    let text = Array(bytes[start...])
    truncate(to: start)
    for old in text { append(old == byte ? other : old) }
  }
}
