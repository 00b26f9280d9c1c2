internal import JSON
internal import JSONRPC

/// What a group of requests has written for the client: an entry for each message, which says where it
/// stands and what it answers. While the group lasts all are lines; at its end they are finished.
struct GroupReplies {
  private struct Entry {
    /// With its line feed.
    let range: Range<Int>
    /// Where the id stands that it answers; nil for what answers none, and for a batch, which leaves whole.
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

  /// Takes back the replies to a request, by its id as it stands there
  /// (https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/cancellation). Requests are
  /// done one by one, so it is done by now, but its reply has not left.
  mutating func cancel(_ id: UnsafeBufferPointer<UInt8>, in out: borrowing ByteBuffer) {
    var written = ByteBuffer()
    written.append(lineSafe: id)
    for at in entries.indices {
      guard let place = entries[at].id else { continue }
      if out.bytes[place].elementsEqual(written.bytes) { entries[at].isWanted = false }
    }
  }

  /// Puts in what was missing, at places that rise; leaves out what is not wanted; and gives the rest
  /// headers if it is `framed`. Tells by how much what is behind has moved: the beginning of a batch.
  mutating func finish(
    _ missing: [(place: Int, text: StaticString)] = [], framed: Bool, in out: inout ByteBuffer
  ) -> Int {
    defer { begin() }
    if missing.isEmpty, !framed, entries.allSatisfy(\.isWanted) { return 0 }
    let start = entries.first?.range.lowerBound ?? missing.first?.place ?? out.count
    // Headers make short replies a third longer.
    var finished = ByteBuffer(capacity: (out.count - start) / 2 * 3)
    var missing = missing[...]
    for entry in entries {
      let own = missing.prefix { $0.place < entry.range.upperBound }
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
    with missing: ArraySlice<(place: Int, text: StaticString)>
  ) {
    var at = range.lowerBound
    for (place, text) in missing {
      append(UnsafeBufferPointer(rebasing: other.bytes[at..<place]))
      append(text)
      at = place
    }
    append(UnsafeBufferPointer(rebasing: other.bytes[at..<range.upperBound]))
  }
}
