internal import CPostgres
internal import Users

/// The rows of one answer of the server, in binary format. Texts are borrowed: they are valid as long
/// as this object lives.
final class Rows {
  private let handle: OpaquePointer
  let count: Int32

  /// Takes the ownership of a result.
  init(_ handle: OpaquePointer) {
    self.handle = handle
    count = PQntuples(handle)
  }

  deinit { PQclear(handle) }

  func isNull(_ row: Int32, _ column: Int32) -> Bool { PQgetisnull(handle, row, column) == 1 }

  /// A bigint; 0 for NULL.
  @inline(__always)
  func int(_ row: Int32, _ column: Int32) -> Int64 {
    guard PQgetlength(handle, row, column) == 8, let value = PQgetvalue(handle, row, column) else {
      return 0
    }
    return Int64(bigEndian: UnsafeRawPointer(value).loadUnaligned(as: Int64.self))
  }

  func optionalInt(_ row: Int32, _ column: Int32) -> Int64? {
    isNull(row, column) ? nil : int(row, column)
  }

  /// A boolean; false for NULL.
  func bool(_ row: Int32, _ column: Int32) -> Bool { bytes(row, column).first == 1 }

  /// The bytes of a text or a bytea; empty for NULL.
  @inline(__always)
  func bytes(_ row: Int32, _ column: Int32) -> UnsafeBufferPointer<UInt8> {
    guard let value = PQgetvalue(handle, row, column) else {
      return UnsafeBufferPointer(start: nil, count: 0)
    }
    let start = UnsafeRawPointer(value).assumingMemoryBound(to: UInt8.self)
    return UnsafeBufferPointer(start: start, count: Int(PQgetlength(handle, row, column)))
  }

  /// A text; nil for NULL, and for the empty text, which Roster never stores as a value.
  func text(_ row: Int32, _ column: Int32) -> BorrowedText? {
    let bytes = bytes(row, column)
    return bytes.isEmpty ? nil : BorrowedText(bytes)
  }
}
