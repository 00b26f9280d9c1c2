/// Rows in the binary format of COPY
/// (https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4).
struct CopyRows {
  private(set) var bytes: [UInt8] = []

  private static let head = Array("PGCOPY\n".utf8) + [0xFF] + Array("\r\n\0".utf8)

  var isEmpty: Bool { bytes.isEmpty }

  mutating func add(_ row: Parameters) {
    if bytes.isEmpty {
      bytes += Self.head
      // Neither flags nor an extension of the head.
      append(Int32(0))
      append(Int32(0))
    }
    append(Int16(row.count))
    for span in row.spans {
      guard let span else {
        append(Int32(-1))
        continue
      }
      append(Int32(span.count))
      bytes += row.bytes[span.start..<(span.start + span.count)]
    }
  }

  /// Returns all bytes with the end mark, and begins anew.
  mutating func take() -> [UInt8] {
    append(Int16(-1))
    defer { bytes = [] }
    return bytes
  }

  private mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
  }
}
