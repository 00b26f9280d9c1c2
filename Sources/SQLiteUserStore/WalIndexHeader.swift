internal import Synchronization

/// Detects commits by other connections, by the header of the wal-index.
///
/// The header has 48 bytes, is stored twice, and changes with every commit. SQLite decides by the
/// same comparison whether a connection's view is current (`walIndexTryHdr`), so while the header
/// is unchanged, a read transaction sees what a new one would see. It is read in SQLite's own
/// mapping, because a separately opened file would drop SQLite's locks when it is closed. See
/// https://www.sqlite.org/walformat.html#the_wal_index_header.
struct WalIndexHeader {
  private static let byteCount = 48

  private var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

  /// nil while a commit is changing it.
  init?(at region: UnsafeRawPointer) {
    atomicMemoryFence(ordering: .acquiring)
    words = Self.load(region)
    if !Self.isEqual(words, Self.load(region + Self.byteCount)) { return nil }
  }

  /// Whether both copies of the header are unchanged.
  @inline(__always)
  func stands(at region: UnsafeRawPointer) -> Bool {
    atomicMemoryFence(ordering: .acquiring)
    return Self.isEqual(words, Self.load(region))
      && Self.isEqual(words, Self.load(region + Self.byteCount))
  }

  private typealias Words = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

  @inline(__always)
  private static func load(_ pointer: UnsafeRawPointer) -> Words {
    let words = pointer.assumingMemoryBound(to: UInt64.self)
    return (words[0], words[1], words[2], words[3], words[4], words[5])
  }

  @inline(__always)
  private static func isEqual(_ one: Words, _ other: Words) -> Bool {
    (one.0 ^ other.0) | (one.1 ^ other.1) | (one.2 ^ other.2) | (one.3 ^ other.3)
      | (one.4 ^ other.4) | (one.5 ^ other.5) == 0
  }
}
