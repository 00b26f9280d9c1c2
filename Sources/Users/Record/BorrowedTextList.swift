public import Contract
public import JSON

/// A list of texts as one text: a unit separator (U+001F) before each entry and one at the end, so
/// that a store can search for one entry without splitting the list. Empty for no entries.
public struct BorrowedTextList: ResultValue {
  public static let separator: UInt8 = 0x1F

  public let bytes: UnsafeBufferPointer<UInt8>

  @inlinable public init(packed bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  public static var schema: Schema { .array(.string()) }

  public static func pack(_ values: [String]) -> String {
    values.isEmpty ? "" : "\u{1F}" + values.joined(separator: "\u{1F}") + "\u{1F}"
  }

  public var strings: [String] {
    var strings: [String] = []
    forEach { strings.append(String(decoding: $0, as: UTF8.self)) }
    return strings
  }

  public func write(into out: inout ByteBuffer) {
    out.append(UInt8(ascii: "["))
    forEach { entry in
      out.element()
      out.write(utf8: entry)
    }
    out.append(UInt8(ascii: "]"))
  }

  @inline(__always)
  private func forEach(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    var from = 1
    for at in bytes.indices.dropFirst() where bytes[at] == Self.separator {
      body(UnsafeBufferPointer(rebasing: bytes[from..<at]))
      from = at + 1
    }
  }
}
