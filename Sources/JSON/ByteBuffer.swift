/// Bytes on their way out: one growing block of memory, appended to and truncated.
///
/// Appending costs a bounds check and a copy. Growth doubles, so a buffer that is reused stops
/// allocating. It is not copyable: one owner, passed `inout`.
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
    // A large block is not copied often: what it does not use yet costs no memory.
    let wanted = max(capacity * (capacity < Self.largeBytes ? 2 : 12), count + extra)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
    larger.update(from: base, count: count)
    base.deallocate()
    base = larger
    capacity = wanted
  }

  /// Forgets all bytes after the first `count`.
  @inlinable public mutating func truncate(to count: Int) {
    precondition(count <= self.count)
    filled = count
  }

  /// Forgets the first `count` bytes and moves the rest to the front.
  public mutating func removeFirst(_ count: Int) {
    precondition(count <= self.count)
    base.update(from: base + count, count: self.count - count)
    filled -= count
  }

  /// Puts `text` before the byte at `place`.
  public mutating func insert(_ text: StaticString, at place: Int) {
    precondition(place <= count)
    let length = text.utf8CodeUnitCount
    reserve(length)
    (base + place + length).update(from: base + place, count: count - place)
    (base + place).update(from: text.utf8Start, count: length)
    filled += length
  }

  /// Puts spaces in the place of these bytes.
  public mutating func blank(_ range: Range<Int>) {
    precondition(range.upperBound <= count)
    for at in range { base[at] = UInt8(ascii: " ") }
  }

  /// Empties the buffer and gives memory back when it has grown past `capacityBytesMax`.
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

  /// Not named like the others: a literal is to be a `StaticString`, which costs nothing.
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

  /// Lets `body` write at most `space` bytes at the end and say how many it wrote; a negative number
  /// says none, and why.
  public mutating func fill<E: Error>(
    _ space: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) throws(E) -> Int
  ) throws(E) -> Int {
    reserve(space)
    let written = try body(UnsafeMutableBufferPointer(start: base + count, count: space))
    filled += max(written, 0)
    return written
  }
}
