/// Limits of the wire, each with its unit.
public struct WireLimits: Sendable {
  /// Entries of one batch.
  public static let batch_requests_max = 1000
  /// Replies that wait for a reader before no more input is taken.
  public static let waiting_bytes_max = 64 << 20
  /// Users of one page, as `users.list` has it.
  public static let page_users_max = 1000
  /// Most that one read takes in.
  static let read_bytes = 256 << 10
  /// A group of requests ends when its replies have grown to this.
  static let group_reply_bytes = 256 << 10
  /// Memory for replies that is kept when all are written.
  static let kept_reply_bytes = 1 << 20

  /// Longest line that is read, its end not counted.
  public var line_bytes_max: Int

  public init(line_bytes_max: Int = 4 << 20) { self.line_bytes_max = line_bytes_max }
}
