public import Contract
public import JSON
internal import Users

/// Limits of the wire, each with its unit.
public struct WireLimits: Sendable {
  /// Entries of one batch.
  public static let batchRequestsMax = 1000
  /// Replies that wait for a reader before no more input is taken.
  public static let waitingBytesMax = 64 << 20
  /// One reply, that to a batch too: what does not fit is refused.
  static let replyBytesMax = waitingBytesMax
  /// With less room than this for its reply, what a request writes is undone if it does not fit: that
  /// of one change is shorter.
  static let changeReplyBytesMax = 1 << 20
  /// Users of one page, as `users.list` has it.
  public static let pageUsersMax = 1000
  /// Most that one read takes in.
  static let readBytes = 1 << 20
  /// A group of requests ends when its replies have grown to this.
  static let groupReplyBytes = 256 << 10
  /// A group that writes goes on for longer: the more accounts a commit covers, the fewer pages it
  /// writes for each.
  static let writingGroupReplyBytes = 4 << 20
  /// Replies that were written and still take room before others that wait.
  static let writtenBytesMax = 16 << 20
  /// Look-ups that a store is told of at a time.
  static let lookupsMax = 1000
  /// Memory for replies that is kept when all are written.
  static let keptReplyBytes = 1 << 20

  /// A subscriber hears of other processes' changes by then at the latest.
  static let eventTickMs = 100

  /// Longest line that is read, its end not counted.
  public var lineBytesMax: Int

  public init(lineBytesMax: Int = 4 << 20) { self.lineBytesMax = lineBytesMax }
}

extension WireLimits: ResultShape, ResultValue {
  public func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("line_bytes_max", lineBytesMax, "Longest line that is read, in bytes.")
    v.field("batch_requests_max", WireLimits.batchRequestsMax, "Entries of a batch.")
    v.field("waiting_bytes_max", WireLimits.waitingBytesMax, "Replies that may wait, in bytes.")
    v.field("page_users_max", WireLimits.pageUsersMax, "Users of a page.")
    v.field("metadata_bytes_max", Metadata.byteCountMax, "Metadata of a user, in bytes.")
  }

  public static var sample: WireLimits { WireLimits() }
  public static var shape: Shape { .object(ResultDescriber.fields(of: WireLimits.self)) }

  public func write(into out: inout ByteBuffer) {
    out.append("{")
    fields(&out)
    out.append("}")
  }
}
