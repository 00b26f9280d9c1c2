/// A block of memory that never moves, to which texts are appended.
struct ByteBlock {
  private let base: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  private var count = 0

  init(capacity: Int) {
    self.capacity = capacity
    base = .allocate(capacity: max(capacity, 1))
  }

  func deallocate() { base.deallocate() }

  mutating func put(_ text: String) -> BorrowedText {
    var text = text
    return text.withUTF8 { bytes in
      precondition(bytes.count <= capacity - count)
      let start = base + count
      if let source = bytes.baseAddress { start.update(from: source, count: bytes.count) }
      count += bytes.count
      return BorrowedText(UnsafeBufferPointer(start: start, count: bytes.count))
    }
  }
}
