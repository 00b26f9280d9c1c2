internal import JSON

/// Requests whose replies the client does not want any more
/// (https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/cancellation).
///
/// Requests are done one by one, so by the time that one is cancelled it is done; but while its group
/// is not ended the reply has not left. Replies within a batch leave with it.
struct Cancellations {
  /// How many replies there were when an id, as it stands in its request, was last cancelled.
  private var replyCounts: [[UInt8]: Int] = [:]

  /// Cancels what `params` name, of the first `replyCount` replies of the group.
  mutating func add(_ params: JSONValue?, of replyCount: Int) {
    if replyCount == 0 { return }
    guard let id = params?.member("requestId") else { return }
    replyCounts[Array(id.text)] = replyCount
  }

  /// Takes the replies out of a group's lines, which start at `start`.
  func remove(from start: Int, in out: inout ByteBuffer) {
    if replyCounts.isEmpty { return }
    var kept = ByteBuffer(capacity: out.count - start)
    var at = start
    var count = 0
    while let end = out.bytes[at...].firstIndex(of: 0x0A) {
      let line = UnsafeBufferPointer(rebasing: out.bytes[at...end])
      let cancelled = Self.id(of: line).flatMap { replyCounts[$0] } ?? 0
      if count >= cancelled { kept.append(line) }
      at = end + 1
      count += 1
    }
    out.truncate(to: start)
    out.append(kept.bytes)
  }

  /// The id of a reply as its request has it; nil for a batch's.
  private static func id(of line: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    let head: StaticString = "{\"jsonrpc\":\"2.0\",\"id\":"
    guard line.count > head.utf8CodeUnitCount, line.starts(with: head.bytes) else { return nil }
    let rest = line[head.utf8CodeUnitCount...]
    guard rest.first == UInt8(ascii: "\"") else {
      return rest.firstIndex(of: UInt8(ascii: ",")).map { Array(rest[..<$0]) }
    }
    var isEscaped = false
    for at in rest.indices.dropFirst() {
      if isEscaped {
        isEscaped = false
      } else if rest[at] == UInt8(ascii: "\"") {
        return Array(rest[...at])
      } else {
        isEscaped = rest[at] == UInt8(ascii: "\\")
      }
    }
    return nil
  }
}

extension StaticString {
  fileprivate var bytes: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
  }
}
