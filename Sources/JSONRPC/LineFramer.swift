internal import Glibc

/// Finds lines: LF or CRLF ends a line; blank lines are skipped.
///
/// The line end does not count toward the length. An overlong line is reported when it ends.
struct LineFramer {
  /// How many bytes from the start are known to contain no line feed.
  private var scannedCount = 0
  private var isDiscarding = false

  mutating func next(
    in bytes: UnsafeBufferPointer<UInt8>, from start: inout Int, _ lineBytesMax: Int,
    _ isAtEnd: Bool
  ) -> Framer.Frame? {
    while let end = lineEnd(in: bytes, from: start, isAtEnd) {
      let from = start
      start = min(end + 1, bytes.count)
      scannedCount = 0
      let contentEnd = end > from && bytes[end - 1] == 0x0D ? end - 1 : end
      if isDiscarding || contentEnd - from > lineBytesMax {
        isDiscarding = false
        return .oversized
      }
      let line = UnsafeBufferPointer(rebasing: bytes[from..<contentEnd])
      if !isBlank(line) { return .message(line) }
    }
    // One byte more than the longest line may still be the CR of its CRLF.
    if isDiscarding || bytes.count - start > lineBytesMax + 1 {
      isDiscarding = true
      start = bytes.count
      scannedCount = 0
    }
    return nil
  }

  private mutating func lineEnd(
    in bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ isAtEnd: Bool
  ) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    let scanned = start + scannedCount
    if scanned < bytes.count, let found = memchr(base + scanned, 0x0A, bytes.count - scanned) {
      return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
    }
    scannedCount = bytes.count - start
    return isAtEnd && (start < bytes.count || isDiscarding) ? bytes.count : nil
  }

  private func isBlank(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }
}
