import Contract
import JSON

/// Converts UTF-16 to UTF-8 (RFC 2781).
struct UTF16Decoder {
  enum Order { case little, big }

  private let order: Order
  private let name: String
  /// A single byte, or half a surrogate pair, until the rest arrives.
  private var waiting: [UInt8] = []
  private var line = 1

  init(_ order: Order, name: String) {
    self.order = order
    self.name = name
  }

  /// The byte order that a mark at the start of a text declares.
  static func order(_ head: [UInt8]) -> Order? {
    if head.starts(with: [0xFF, 0xFE]) { return .little }
    return head.starts(with: [0xFE, 0xFF]) ? .big : nil
  }

  mutating func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, into out: inout ByteBuffer
  ) throws {
    let all = waiting + bytes
    var at = 0
    while at + 1 < all.count {
      let unit = unit(all, at)
      guard unit & 0xF800 == 0xD800 else {
        append(UInt32(unit), &out)
        at += 2
        continue
      }
      if at + 3 >= all.count { break }
      let low = self.unit(all, at + 2)
      guard unit & 0xFC00 == 0xD800, low & 0xFC00 == 0xDC00 else { throw broken() }
      append(0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(low & 0x3FF)), &out)
      at += 4
    }
    waiting = Array(all[at...])
  }

  /// Throws if the text ends within a character.
  func end() throws { if !waiting.isEmpty { throw broken() } }

  private func unit(_ bytes: [UInt8], _ at: Int) -> UInt16 {
    let (first, second) = (UInt16(bytes[at]), UInt16(bytes[at + 1]))
    return order == .little ? second << 8 | first : first << 8 | second
  }

  private mutating func append(_ value: UInt32, _ out: inout ByteBuffer) {
    if value == 0x0A { line += 1 }
    guard let scalar = Unicode.Scalar(value) else { return }
    for byte in UTF8.encode(scalar).unsafelyUnwrapped { out.append(byte) }
  }

  private func broken() -> CommandError {
    CommandError(
      "\(name):\(line): the text is not UTF-16, although its byte order mark says so: it contains half a character",
      "Save it as UTF-8 and import that.")
  }
}
