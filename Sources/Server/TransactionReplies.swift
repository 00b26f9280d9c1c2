internal import JSON
internal import JSONRPC

/// The messages that a transaction has written for the client: for each its position and the id
/// that it answers. They are lines until `finish` inserts missing texts and headers.
struct TransactionReplies {
  private struct Entry {
    /// Includes its line feed.
    let range: Range<Int>
    /// The range of the id that it answers; nil without one, and for a batch, because a single
    /// reply of it can't be withdrawn.
    let id: Range<Int>?
    var isWanted = true
  }

  private var entries: [Entry] = []

  mutating func begin() { entries.removeAll(keepingCapacity: true) }

  /// Ends the message that began at `start`.
  mutating func end(from start: Int, answering id: Range<Int>? = nil, in out: inout ByteBuffer) {
    out.append(0x0A)
    entries.append(Entry(range: start..<out.count, id: id))
  }

  /// Withdraws the replies to a request, by its id as the reply contains it
  /// (https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/cancellation).
  /// Requests run one after another, so this one has already run, but its reply was not sent yet.
  mutating func cancel(_ id: UnsafeBufferPointer<UInt8>, in out: borrowing ByteBuffer) {
    var written = ByteBuffer()
    written.append(lineSafe: id)
    for at in entries.indices {
      guard let offset = entries[at].id else { continue }
      if out.bytes[offset].elementsEqual(written.bytes) { entries[at].isWanted = false }
    }
  }

  /// Inserts missing texts at ascending offsets, leaves out unwanted replies, and adds headers if
  /// `framed`. Returns by how many bytes the output after them, an unfinished batch, has moved.
  mutating func finish(
    _ missing: [(offset: Int, text: StaticString)] = [], framed: Bool, in out: inout ByteBuffer
  ) -> Int {
    defer { begin() }
    if missing.isEmpty, !framed, entries.allSatisfy(\.isWanted) { return 0 }
    let start = entries.first?.range.lowerBound ?? missing.first?.offset ?? out.count
    // Room for headers, which make short replies about half as long again.
    var finished = ByteBuffer(capacity: (out.count - start) / 2 * 3)
    var missing = missing[...]
    for entry in entries {
      let own = missing.prefix { $0.offset < entry.range.upperBound }
      missing = missing.dropFirst(own.count)
      guard entry.isWanted else { continue }
      var range = entry.range
      if framed {
        range = range.lowerBound..<(range.upperBound - 1)
        finished.appendHeader(own.reduce(range.count) { $0 + $1.text.utf8CodeUnitCount })
      }
      finished.append(range, of: out, with: own)
    }
    let rest = (entries.last?.range.upperBound ?? start)..<out.count
    let shift = start + finished.count - rest.lowerBound
    finished.append(rest, of: out, with: missing)
    out.truncate(to: start)
    out.append(finished.bytes)
    return shift
  }
}

extension ByteBuffer {
  fileprivate mutating func append(
    _ range: Range<Int>, of other: borrowing ByteBuffer,
    with missing: ArraySlice<(offset: Int, text: StaticString)>
  ) {
    var at = range.lowerBound
    for (offset, text) in missing {
      append(UnsafeBufferPointer(rebasing: other.bytes[at..<offset]))
      append(text)
      at = offset
    }
    append(UnsafeBufferPointer(rebasing: other.bytes[at..<range.upperBound]))
  }
}
