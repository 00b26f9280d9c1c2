import JSON

/// The value in one column of one row.
enum Cell {
  case bytes(UnsafeBufferPointer<UInt8>)
  case text(String)
  case json(JSONValue)

  /// Whether it is empty or only spaces.
  var isEmpty: Bool {
    switch self {
    case .bytes(let bytes): bytes.allSatisfy { $0 == 0x20 }
    case .text(let text): text.utf8.allSatisfy { $0 == 0x20 }
    case .json(let value): value.kind == .null || value.string?.isEmpty ?? false
    }
  }

  var string: String {
    switch self {
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .text(let text): text
    case .json(let value): value.kind == .null ? "" : value.string ?? value.compact
    }
  }
}
