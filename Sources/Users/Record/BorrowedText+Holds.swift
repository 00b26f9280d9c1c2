internal import Glibc

extension BorrowedText {
  /// Whether the bytes contain `part`.
  func holds(_ part: String) -> Bool {
    var part = part
    return part.withUTF8 { needle in
      guard let wanted = needle.baseAddress, !needle.isEmpty else { return true }
      var rest = bytes[...]
      while rest.count >= needle.count, let start = UnsafeBufferPointer(rebasing: rest).baseAddress,
        let found = memchr(start, Int32(needle[0]), rest.count - needle.count + 1)
      {
        if memcmp(found, wanted, needle.count) == 0 { return true }
        rest = rest.dropFirst(UnsafeRawPointer(start).distance(to: UnsafeRawPointer(found)) + 1)
      }
      return false
    }
  }
}
