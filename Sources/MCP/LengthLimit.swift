internal import JSON

/// How long results may be, in characters.
enum LengthLimit {
  /// What hosts take without being told.
  static let usualCount = 10_000
  /// The most that Claude Code takes; what is longer than it is told it puts into a file.
  private static let countMax = 500_000

  static func write(into out: inout ByteBuffer) {
    out.member("anthropic/maxResultSizeChars")
    out.write(countMax)
  }
}
