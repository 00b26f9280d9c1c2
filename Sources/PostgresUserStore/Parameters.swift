/// The parameters of a statement, in binary format, in one block of memory.
struct Parameters {
  private(set) var bytes: [UInt8] = []
  /// Where each parameter lies in `bytes`; nil for NULL.
  private(set) var spans: [(start: Int, count: Int)?] = []

  /// The number of the parameter that was added last: 2 for `$2`.
  var count: Int { spans.count }

  mutating func add(_ number: Int64?) {
    guard let number else { return spans.append(nil) }
    spans.append((bytes.count, 8))
    append(number)
  }

  mutating func add(_ isTrue: Bool) {
    spans.append((bytes.count, 1))
    bytes.append(isTrue ? 1 : 0)
  }

  mutating func add(_ text: String?) {
    guard var text else { return spans.append(nil) }
    text.withUTF8 { add($0) }
  }

  mutating func add(_ blob: UnsafeBufferPointer<UInt8>?) {
    guard let blob else { return spans.append(nil) }
    spans.append((bytes.count, blob.count))
    bytes.append(contentsOf: blob)
  }

  mutating func add(_ blob: [UInt8]) {
    spans.append((bytes.count, blob.count))
    bytes.append(contentsOf: blob)
  }

  mutating func add(_ numbers: [Int32]) {
    addArray(of: .int4, numbers.count) { out in
      for number in numbers {
        out.append(Int32(4))
        out.append(number)
      }
    }
  }

  mutating func add(_ numbers: [Int64]) {
    addArray(of: .int8, numbers.count) { out in
      for number in numbers {
        out.append(Int32(8))
        out.append(number)
      }
    }
  }

  mutating func add(_ texts: some Collection<String>) {
    addArray(of: .text, texts.count) { out in
      for text in texts {
        out.append(Int32(text.utf8.count))
        out.bytes.append(contentsOf: text.utf8)
      }
    }
  }

  mutating func add(_ blobs: [[UInt8]]) {
    addArray(of: .bytea, blobs.count) { out in
      for blob in blobs {
        out.append(Int32(blob.count))
        out.bytes.append(contentsOf: blob)
      }
    }
  }

  /// The types of array elements, by their numbers in PostgreSQL's catalogue, which are fixed.
  private enum Element: Int32 {
    case bytea = 17
    case int8 = 20
    case int4 = 23
    case text = 25
  }

  /// An array has a head of five numbers: dimensions, whether it has NULLs, the type of its
  /// elements, and the count and lower bound of the one dimension. Before each element is its size.
  private mutating func addArray(
    of element: Element, _ count: Int, _ body: (inout Parameters) -> Void
  ) {
    let start = bytes.count
    append(Int32(count == 0 ? 0 : 1))
    append(Int32(0))
    append(element.rawValue)
    if count > 0 {
      append(Int32(count))
      append(Int32(1))
    }
    body(&self)
    spans.append((start, bytes.count - start))
  }

  private mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
  }
}
