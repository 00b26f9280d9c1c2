/// An account as one run of bytes, in which stores keep it: the tail of its id, its columns in their
/// order, and a checksum.
///
/// Numbers are varints (LEB128): 0 for nil, else the zigzag number plus one. A text is its length as
/// a varint, 0 for nil, and its bytes. Columns at the end may be missing: they were added later.
public enum PackedRecord {
  private static let tailBytes = 8
  private static let checksumBytes = 8

  /// The size in bytes of the record of `row`.
  static func byteCount(of row: UserView) -> Int {
    var measure = RecordMeasure()
    var row = row
    row.columns(&measure)
    return tailBytes + measure.count + checksumBytes
  }

  /// Writes the record of `row` to `start`, which has room for it.
  static func write(_ row: UserView, to start: UnsafeMutablePointer<UInt8>) {
    var writer = RecordWriter(at: start)
    var row = row
    row.columns(&writer)
    let bytes = UnsafeBufferPointer(start: start, count: writer.at - start)
    writer.put(UInt64(bitPattern: checksum(of: bytes, key: row.id.key)))
  }

  /// Reads the record of the account with this key; nil if it does not match its checksum. The view
  /// borrows the bytes, and has no texts for searching.
  @inline(__always)
  public static func read(_ bytes: UnsafeBufferPointer<UInt8>, key: Int64) -> UserView? {
    guard bytes.count >= tailBytes + checksumBytes, let start = bytes.baseAddress else {
      return nil
    }
    let content = UnsafeBufferPointer(start: start, count: bytes.count &- checksumBytes)
    let kept = UnsafeRawPointer(start + content.count).loadUnaligned(as: Int64.self).littleEndian
    if checksum(of: content, key: key) != kept { return nil }
    return view(of: content, key: key)
  }

  /// The id of the account with this key, also if its record is damaged.
  @inline(__always)
  public static func id(in bytes: UnsafeBufferPointer<UInt8>, key: Int64) -> UserID {
    guard bytes.count >= tailBytes, let start = bytes.baseAddress else {
      return UserID(key: key, tail: 0)
    }
    let tail = UnsafeRawPointer(start).loadUnaligned(as: Int64.self).littleEndian
    return UserID(key: key, tail: tail)
  }

  /// The beginning of the record of the account with this id.
  public static func start(for id: UserID) -> [UInt8] {
    withUnsafeBytes(of: id.tail.littleEndian) { Array($0) }
  }

  /// Like `read`, without a look at the checksum, for bytes that this process wrote.
  @inline(__always)
  static func readUnchecked(_ bytes: UnsafeBufferPointer<UInt8>, key: Int64) -> UserView? {
    view(of: UnsafeBufferPointer(rebasing: bytes.dropLast(checksumBytes)), key: key)
  }

  @inline(__always)
  private static func view(of content: UnsafeBufferPointer<UInt8>, key: Int64) -> UserView? {
    guard let start = content.baseAddress else { return nil }
    var row = UserView.blank
    row.id = id(in: content, key: key)
    var reader = RecordReader(at: start + tailBytes, end: start + content.count)
    row.columns(&reader)
    return reader.isSound ? row : nil
  }

  /// A checksum of a record and its key: it detects every change of a single bit. It protects
  /// against faults, not against attackers.
  @inline(__always)
  private static func checksum(of bytes: UnsafeBufferPointer<UInt8>, key: Int64) -> Int64 {
    var mix = Checksum.Mix()
    mix.add(key)
    mix.add(bytes)
    return mix.value
  }
}

private func zigzag(_ number: Int64?) -> UInt64 {
  guard let number else { return 0 }
  return UInt64(bitPattern: number << 1 ^ number >> 63) &+ 1
}

private struct RecordMeasure: ColumnVisitor {
  var count = 0

  func id(_ value: inout UserID) {}

  mutating func column<T: NumberColumn>(_ name: StaticString, _ value: inout T) {
    count += Self.varintBytes(zigzag(value.column))
  }

  mutating func column<T: TextColumn>(_ name: StaticString, _ value: inout T) {
    let bytes = value.column?.count ?? 0
    count += Self.varintBytes(UInt64(bytes)) + bytes
  }

  private static func varintBytes(_ number: UInt64) -> Int {
    max(1, (64 - number.leadingZeroBitCount + 6) / 7)
  }
}

private struct RecordWriter: ColumnVisitor {
  var at: UnsafeMutablePointer<UInt8>

  mutating func id(_ value: inout UserID) { put(UInt64(bitPattern: value.tail)) }

  mutating func column<T: NumberColumn>(_ name: StaticString, _ value: inout T) {
    putVarint(zigzag(value.column))
  }

  mutating func column<T: TextColumn>(_ name: StaticString, _ value: inout T) {
    let bytes = value.column
    putVarint(UInt64(bytes?.count ?? 0))
    guard let bytes, let source = bytes.baseAddress else { return }
    at.update(from: source, count: bytes.count)
    at += bytes.count
  }

  mutating func put(_ number: UInt64) {
    UnsafeMutableRawPointer(at).storeBytes(of: number.littleEndian, as: UInt64.self)
    at += 8
  }

  private mutating func putVarint(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      at.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
      at += 1
      rest >>= 7
    }
    at.pointee = UInt8(rest)
    at += 1
  }
}

private struct RecordReader: ColumnVisitor {
  var at: UnsafePointer<UInt8>
  let end: UnsafePointer<UInt8>
  /// Whether everything read so far lay within the record.
  var isSound = true

  func id(_ value: inout UserID) {}

  @inline(__always)
  mutating func column<T: NumberColumn>(_ name: StaticString, _ value: inout T) {
    let number = varint()
    if number == 0 {
      value = T(column: nil)
      return
    }
    let zigzag = number &- 1
    value = T(column: Int64(bitPattern: zigzag >> 1) ^ -Int64(bitPattern: zigzag & 1))
  }

  @inline(__always)
  mutating func column<T: TextColumn>(_ name: StaticString, _ value: inout T) {
    let count = varint()
    if count == 0 {
      value = T(column: nil)
      return
    }
    guard count <= UInt64(end - at) else {
      isSound = false
      return
    }
    value = T(column: UnsafeBufferPointer(start: at, count: Int(count)))
    at += Int(count)
  }

  @inline(__always)
  private mutating func varint() -> UInt64 {
    guard at < end else { return 0 }
    let first = at.pointee
    at += 1
    return first < 0x80 ? UInt64(first) : longVarint(UInt64(first & 0x7F))
  }

  private mutating func longVarint(_ start: UInt64) -> UInt64 {
    var number = start
    var shift: UInt64 = 7
    while at < end, shift < 64 {
      let byte = at.pointee
      at += 1
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return number }
      shift += 7
    }
    isSound = false
    return 0
  }
}
