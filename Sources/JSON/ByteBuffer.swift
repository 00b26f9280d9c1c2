/// An output buffer: one growing block of memory that bytes are appended to.
///
/// Appending costs a bounds check and a copy. The capacity at least doubles when it grows, so a
/// reused buffer stops allocating. It is not copyable: it has one owner and is passed `inout`.
public struct ByteBuffer: ~Copyable {
  private static let largeBytes = 8 << 20

  @usableFromInline var base: UnsafeMutablePointer<UInt8>
  @usableFromInline var capacity: Int
  @usableFromInline var filled: Int

  /// How many bytes have been written.
  @inlinable public var count: Int { filled }

  public init(capacity: Int = 4096) {
    self.capacity = max(capacity, 64)
    base = .allocate(capacity: self.capacity)
    filled = 0
  }

  deinit { base.deallocate() }

  /// The bytes written so far. Valid until the next change of this buffer.
  @inlinable public var bytes: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: base, count: count)
  }

  /// The content as a string, for messages and tests.
  public var string: String { String(decoding: bytes, as: UTF8.self) }

  /// Makes room for `extra` more bytes.
  @inlinable @inline(__always)
  public mutating func reserve(_ extra: Int) {
    if filled &+ extra > capacity { grow(extra) }
  }

  @inline(never) @usableFromInline mutating func grow(_ extra: Int) {
    // A large block grows by more, so that it is rarely copied; unused pages cost no memory.
    let wanted = max(capacity * (capacity < Self.largeBytes ? 2 : 12), count + extra)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
    larger.update(from: base, count: count)
    base.deallocate()
    base = larger
    capacity = wanted
  }

  /// Removes all bytes after the first `count`.
  @inlinable public mutating func truncate(to count: Int) {
    precondition(count <= self.count)
    filled = count
  }

  /// Removes the first `count` bytes and moves the rest to the front.
  public mutating func removeFirst(_ count: Int) {
    precondition(count <= self.count)
    base.update(from: base + count, count: self.count - count)
    filled -= count
  }

  /// Inserts `text` before the byte at `offset`.
  public mutating func insert(_ text: StaticString, at offset: Int) {
    precondition(offset <= count)
    let length = text.utf8CodeUnitCount
    reserve(length)
    (base + offset + length).update(from: base + offset, count: count - offset)
    (base + offset).update(from: text.utf8Start, count: length)
    filled += length
  }

  /// Overwrites these bytes with spaces.
  public mutating func blank(_ range: Range<Int>) {
    precondition(range.upperBound <= count)
    for at in range { base[at] = UInt8(ascii: " ") }
  }

  /// Empties the buffer, and frees memory if its capacity exceeds `capacityBytesMax`.
  public mutating func reset(keeping capacityBytesMax: Int) {
    filled = 0
    guard capacity > capacityBytesMax else { return }
    base.deallocate()
    capacity = capacityBytesMax
    base = .allocate(capacity: capacity)
  }

  @inlinable @inline(__always)
  public mutating func append(_ byte: UInt8) {
    reserve(1)
    base[filled] = byte
    filled &+= 1
  }

  @inlinable @inline(__always)
  public mutating func append(_ start: UnsafePointer<UInt8>, _ length: Int) {
    reserve(length)
    (base + filled).update(from: start, count: length)
    filled &+= length
  }

  @inlinable @inline(__always)
  public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    if let start = bytes.baseAddress { append(start, bytes.count) }
  }

  @inlinable @inline(__always)
  public mutating func append(_ text: StaticString) {
    append(text.utf8Start, text.utf8CodeUnitCount)
  }

  /// Has a label, so that a literal without one is always a `StaticString`, which costs nothing.
  public mutating func append(text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  public mutating func append(contentsOf bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { append($0) }
  }

  /// Lets `body` write exactly `length` bytes at the end.
  @inlinable @inline(__always)
  public mutating func appendInPlace(_ length: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
    reserve(length)
    body(UnsafeMutableRawPointer(base + filled))
    filled &+= length
  }

  /// Lets `body` write at most `space` bytes at the end and return how many it wrote. If it returns
  /// a negative number, an error, nothing is added. Returns the same number.
  public mutating func fill<E: Error>(
    _ space: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) throws(E) -> Int
  ) throws(E) -> Int {
    reserve(space)
    let written = try body(UnsafeMutableBufferPointer(start: base + count, count: space))
    filled += max(written, 0)
    return written
  }
}
