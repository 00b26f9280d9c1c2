internal import JSON
internal import JSONRPC

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
    out.removeReplies(from: start) { id, position in position < replyCounts[id] ?? 0 }
  }
}
