internal import JSON

/// Limits on the length of results, in characters.
enum LengthLimit {
  /// The length that hosts accept by default.
  static let usualCount = 10_000
  /// The most that Claude Code accepts; it saves results above the annotated length to a file.
  private static let countMax = 500_000

  static func write(into out: inout ByteBuffer) {
    out.field("anthropic/maxResultSizeChars")
    out.write(countMax)
  }
}
