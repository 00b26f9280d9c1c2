public import Contract
public import JSON
public import Secrets

/// A place in a list as callers carry it: opaque, signed, and good only for the caller, filters and
/// sort that it was made for.
public struct Cursor: ParamValue {
  private let bytes: [UInt8]

  public static var shape: Shape { .string(length: 1...4096) }
  public static var placeholder: Cursor { Cursor(bytes: []) }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    guard text.utf8.count <= 4096, let bytes = Secrets.bytes(base64URL: text),
      bytes.count >= SigningKey.tagByteCount + 16
    else { throw Self.mismatch }
    self.bytes = bytes
  }

  static var mismatch: Mismatch {
    Mismatch("is not a cursor that this list handed out; start again without one")
  }

  /// Makes the cursor behind `position` of the list that `query` describes.
  public init(_ position: Position, for query: PageQuery, caller: UserID, key: SigningKey) {
    var place = ByteBuffer(capacity: 128)
    place.append(bigEndian: position.key)
    place.append(bigEndian: position.number)
    place.append(text: position.text)
    let placed = Array(place.bytes)
    bytes = Self.message(placed, query, caller).withUnsafeBufferPointer { key.tag($0) } + placed
  }

  public var text: String { base64URL(bytes) }

  /// Where the page starts; throws for a cursor that was changed or is from another list.
  public func position(
    for query: PageQuery, caller: UserID, key: SigningKey
  ) throws(Mismatch) -> Position {
    let tag = Array(bytes.prefix(SigningKey.tagByteCount))
    let place = Array(bytes.dropFirst(SigningKey.tagByteCount))
    let message = Self.message(place, query, caller)
    guard message.withUnsafeBufferPointer({ key.isTag(tag, of: $0) }) else { throw Self.mismatch }
    return Position(
      text: String(decoding: place.dropFirst(16), as: UTF8.self),
      number: Self.number(place.dropFirst(8).prefix(8)), key: Self.number(place.prefix(8)))
  }

  private static func message(_ place: [UInt8], _ query: PageQuery, _ caller: UserID) -> [UInt8] {
    var message = ByteBuffer(capacity: 512)
    message.append(bigEndian: Int64(place.count))
    message.append(contentsOf: place)
    message.append(text: "\(caller.text)|\(query.sort)|\(query.order)|")
    query.filter.appendFingerprint(to: &message)
    return Array(message.bytes)
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
    Int64(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) })
  }
}

extension ByteBuffer {
  public mutating func append(bigEndian value: Int64) {
    for shift in stride(from: 56, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: value >> Int64(shift)))
    }
  }
}
