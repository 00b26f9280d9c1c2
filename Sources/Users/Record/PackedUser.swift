internal import CLinux

/// An account in one block of memory: its record, as stores keep it, and its texts for searching.
/// Copies share the block.
public struct PackedUser {
  private struct Counts {
    let id: UserID
    let record: Int
    let name: Int
    /// 0 if the normalized email equals the email.
    let email: Int
  }

  /// The bytes lie behind the counts, so that a reader waits for memory once.
  private let block: ManagedBuffer<Counts, UInt8>

  public var id: UserID { block.header.id }

  public init(_ user: User) {
    let (row, texts) = user.packed()
    self.init(row)
    texts.deallocate()
  }

  /// Copies a row with its texts for searching.
  public init(_ row: UserView) {
    let counts = Counts(
      id: row.id, record: PackedRecord.byteCount(of: row), name: row.searchName.bytes.count,
      email: row.searchEmail?.bytes.count ?? 0)
    block = .create(minimumCapacity: counts.record + counts.name + counts.email) { _ in counts }
    let start = start
    PackedRecord.write(row, to: start)
    _ = UnsafeMutableBufferPointer(start: start + counts.record, count: counts.name)
      .update(fromContentsOf: row.searchName.bytes)
    guard let email = row.searchEmail else { return }
    _ = UnsafeMutableBufferPointer(start: start + counts.record + counts.name, count: counts.email)
      .update(fromContentsOf: email.bytes)
  }

  /// Whether both are one block, and not only the same account.
  public static func === (one: PackedUser, other: PackedUser) -> Bool {
    one.block === other.block
  }

  @inline(__always)
  private var start: UnsafeMutablePointer<UInt8> {
    block.withUnsafeMutablePointerToElements { $0 }
  }

  /// Asks for all of the account's memory at once. Without it, a reader waits for one line of memory
  /// after the other, since the length of each text tells where the next one begins.
  @inline(__always)
  func prefetch() {
    for at in stride(from: 0, to: block.header.record, by: 64) {
      roster_prefetch(start + at)
    }
  }

  /// Passes the row to `body`; the block lives at least until `body` returns.
  @inline(__always)
  public func withRow<R, E: Error>(_ body: (UserView) throws(E) -> R) throws(E) -> R {
    try withExtendedLifetime(block) { (_) throws(E) in try body(row) }
  }

  /// The same with the bytes of the record.
  public func withRecord<R, E: Error>(
    _ body: (UserView, UnsafeBufferPointer<UInt8>) throws(E) -> R
  ) throws(E) -> R {
    try withExtendedLifetime(block) { (_) throws(E) in try body(row, record) }
  }

  private var record: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: start, count: block.header.record)
  }

  @inline(__always)
  private var row: UserView {
    guard var row = PackedRecord.readUnchecked(record, key: id.key) else {
      preconditionFailure("a record that this object wrote can't be read")
    }
    let counts = block.header
    let name = UnsafePointer(start + counts.record)
    row.searchName = BorrowedText(UnsafeBufferPointer(start: name, count: counts.name))
    if counts.email > 0 {
      row.searchEmail = BorrowedText(
        UnsafeBufferPointer(start: name + counts.name, count: counts.email))
    }
    return row
  }
}

extension User {
  public init(_ stored: PackedUser) { self = stored.withRow { User($0) } }
}
