public import Contract
public import JSON
internal import Users

/// Limits of the protocol, each with its unit.
public struct WireLimits: Sendable {
  /// Most entries of one batch.
  public static let batchRequestsMax = 1000
  /// With this many bytes of waiting replies, no more input is read.
  public static let waitingBytesMax = 64 << 20
  /// Most bytes of a reply, also to a batch; a longer one is replaced by an error.
  static let replyBytesMax = waitingBytesMax
  /// If less room than this is left for its reply, a change runs in a savepoint, so that it can be
  /// undone if the reply does not fit. The reply to a single change is shorter than this.
  static let changeReplyBytesMax = 1 << 20
  /// Most users on one page of `users.list`.
  public static let pageUsersMax = 1000
  /// Most bytes of one read.
  static let readBytes = 1 << 20
  /// A transaction ends when its replies have grown to this size.
  static let groupReplyBytes = 256 << 10
  /// A writing transaction goes on for longer: the more accounts a commit covers, the fewer pages
  /// it writes for each.
  static let writingGroupReplyBytes = 4 << 20
  /// Most bytes of written replies that stay in the buffer before those that wait.
  static let writtenBytesMax = 16 << 20
  /// Most lookups that are announced to a store at a time.
  static let lookupsMax = 1000
  /// Bytes of memory that are kept for replies after all are written.
  static let keptReplyBytes = 1 << 20

  /// A subscriber's process looks this often for other processes' changes if the store can't signal
  /// them.
  static let eventTickMs = 100

  /// Most bytes of a line that is read, without its line end.
  public var lineBytesMax: Int

  public init(lineBytesMax: Int = 4 << 20) { self.lineBytesMax = lineBytesMax }
}

extension WireLimits: ResultSchema, ResultValue {
  public func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("line_bytes_max", lineBytesMax, "Longest line that the server reads, in bytes.")
    v.field("batch_requests_max", WireLimits.batchRequestsMax, "Most entries in a batch.")
    v.field(
      "waiting_bytes_max", WireLimits.waitingBytesMax, "Most bytes of replies that may be pending.")
    v.field("page_users_max", WireLimits.pageUsersMax, "Most users on a page.")
    v.field("metadata_bytes_max", Metadata.byteCountMax, "Most bytes of metadata of a user.")
  }

  public static var sample: WireLimits { WireLimits() }
  public static var schema: Schema { .object(ResultDescriber.fields(of: WireLimits.self)) }

  public func write(into out: inout ByteBuffer) {
    out.append("{")
    fields(&out)
    out.append("}")
  }
}
