internal import CSQLite
internal import Users

/// A prepared statement. Borrowed texts must stay valid until it has run.
final class Statement {
  private let handle: OpaquePointer
  private unowned let connection: Connection

  init(_ handle: OpaquePointer, _ connection: Connection) {
    self.handle = handle
    self.connection = connection
  }

  deinit { sqlite3_finalize(handle) }

  /// Its size in memory.
  var bytes: Int { Int(sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_MEMUSED, 0)) }

  /// Steps to the next row; false at the end.
  @inline(__always)
  func step() throws(StoreError) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE { return false }
    throw connection.statementError(code)
  }

  /// Makes the statement ready to be bound and run again.
  @inline(__always)
  func reset() { sqlite3_reset(handle) }

  /// Runs a statement that returns no rows, and resets it.
  func run() throws(StoreError) {
    defer { reset() }
    _ = try step()
  }

  func bind(_ at: Int32, _ value: Int64) { sqlite3_bind_int64(handle, at, value) }

  func bind(_ at: Int32, _ value: Int64?) {
    if let value { bind(at, value) } else { sqlite3_bind_null(handle, at) }
  }

  /// Borrows the bytes until the statement has run.
  func bind(_ at: Int32, borrowing bytes: UnsafeBufferPointer<UInt8>?) {
    guard let bytes else {
      sqlite3_bind_null(handle, at)
      return
    }
    bytes.withMemoryRebound(to: CChar.self) { text in
      _ = sqlite3_bind_text64(
        handle, at, text.baseAddress ?? Self.emptyText, UInt64(bytes.count), nil,
        UInt8(SQLITE_UTF8))
    }
  }

  /// Borrows the bytes until the statement has run; they must not be empty.
  func bind(_ at: Int32, borrowingBlob bytes: UnsafeBufferPointer<UInt8>) {
    sqlite3_bind_blob64(handle, at, bytes.baseAddress, UInt64(bytes.count), nil)
  }

  func bind(_ at: Int32, copyingBlob bytes: UnsafeBufferPointer<UInt8>) {
    let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    sqlite3_bind_blob64(handle, at, bytes.baseAddress, UInt64(bytes.count), transient)
  }

  func bind(_ at: Int32, copying text: String) {
    let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { text in
        _ = sqlite3_bind_text64(
          handle, at, text.baseAddress ?? Self.emptyText, UInt64(bytes.count), transient,
          UInt8(SQLITE_UTF8))
      }
    }
  }

  func bind(_ at: Int32, copying text: String?) {
    if let text { bind(at, copying: text) } else { sqlite3_bind_null(handle, at) }
  }

  func bind(_ at: Int32, copying bytes: [UInt8]) {
    let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    sqlite3_bind_blob64(handle, at, bytes, UInt64(bytes.count), transient)
  }

  /// A valid pointer for an empty text; a null pointer would bind NULL.
  private static var emptyText: UnsafePointer<CChar>? {
    let empty: StaticString = ""
    return UnsafeRawPointer(empty.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  @inline(__always)
  func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  func optionalInt(_ column: Int32) -> Int64? { isNull(column) ? nil : int(column) }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  /// The bytes of a text, without the copy that a terminating zero would need; empty for null.
  /// Valid until the next step.
  @inline(__always)
  func bytes(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
    guard let start = sqlite3_column_blob(handle, column) else {
      return UnsafeBufferPointer(start: nil, count: 0)
    }
    return UnsafeBufferPointer(
      start: start.assumingMemoryBound(to: UInt8.self),
      count: Int(sqlite3_column_bytes(handle, column)))
  }

  /// Whether the value is a blob.
  func isBlob(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_BLOB }

  /// A text; nil for null, and for the empty text, which Roster never stores as a value.
  @inline(__always)
  func text(_ column: Int32) -> BorrowedText? {
    let bytes = bytes(column)
    return bytes.isEmpty ? nil : BorrowedText(bytes)
  }
}
