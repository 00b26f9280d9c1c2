/// An account in one block of memory: its record, as stores keep it, and its texts for searching.
public final class PackedUser {
  public let id: UserID
  private let start: UnsafeMutablePointer<UInt8>
  private let recordCount: Int
  private let nameCount: Int
  /// 0 if the normalized email equals the email.
  private let emailCount: Int

  public convenience init(_ user: User) {
    let (row, texts) = user.packed()
    self.init(row)
    texts.deallocate()
  }

  /// Copies a row with its texts for searching.
  public init(_ row: UserView) {
    id = row.id
    recordCount = PackedRecord.byteCount(of: row)
    nameCount = row.searchName.bytes.count
    emailCount = row.searchEmail?.bytes.count ?? 0
    start = .allocate(capacity: recordCount + nameCount + emailCount)
    PackedRecord.write(row, to: start)
    _ = UnsafeMutableBufferPointer(start: start + recordCount, count: nameCount)
      .update(fromContentsOf: row.searchName.bytes)
    guard let email = row.searchEmail else { return }
    _ = UnsafeMutableBufferPointer(start: start + recordCount + nameCount, count: emailCount)
      .update(fromContentsOf: email.bytes)
  }

  deinit { start.deallocate() }

  /// Passes the row to `body`; the object lives at least until `body` returns.
  @inline(__always)
  public func withRow<R, E: Error>(_ body: (UserView) throws(E) -> R) throws(E) -> R {
    try withExtendedLifetime(self) { (user: PackedUser) throws(E) in try body(user.row) }
  }

  /// The same with the bytes of the record.
  public func withRecord<R, E: Error>(
    _ body: (UserView, UnsafeBufferPointer<UInt8>) throws(E) -> R
  ) throws(E) -> R {
    try withExtendedLifetime(self) { (user: PackedUser) throws(E) in
      try body(user.row, user.record)
    }
  }

  private var record: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: start, count: recordCount)
  }

  @inline(__always)
  private var row: UserView {
    guard var row = PackedRecord.readUnchecked(record, key: id.key) else {
      preconditionFailure("a record that this object wrote can't be read")
    }
    let name = UnsafePointer(start + recordCount)
    row.searchName = BorrowedText(UnsafeBufferPointer(start: name, count: nameCount))
    if emailCount > 0 {
      row.searchEmail = BorrowedText(
        UnsafeBufferPointer(start: name + nameCount, count: emailCount))
    }
    return row
  }
}

extension User {
  public init(_ stored: PackedUser) { self = stored.withRow { User($0) } }
}
