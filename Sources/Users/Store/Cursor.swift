public import Contract
public import JSON
public import Secrets

/// A position in a list, in the form that callers receive and send back: opaque, signed, and valid
/// only for the caller, filters and sort that it was made for.
public struct Cursor: ParamValue {
  private let bytes: [UInt8]

  public static var schema: Schema { .string(length: 1...4096) }
  public static var placeholder: Cursor { Cursor(bytes: []) }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  public init(_ json: JSONValue) throws(InvalidValue) {
    guard let text = json.string else { throw InvalidValue("must be a string") }
    guard text.utf8.count <= 4096, let bytes = Secrets.bytes(base64URL: text),
      bytes.count >= SigningKey.tagByteCount + 16
    else { throw Self.mismatch }
    self.bytes = bytes
  }

  static var mismatch: InvalidValue {
    InvalidValue("is not a cursor of this list; start again without one")
  }

  /// Makes the cursor for the page after `position` of the list that `query` describes.
  public init(_ position: Position, for query: PageQuery, caller: UserID, key: SigningKey) {
    var sortKey = ByteBuffer(capacity: 128)
    sortKey.append(bigEndian: position.key)
    sortKey.append(bigEndian: position.number)
    sortKey.append(text: position.text)
    let placed = Array(sortKey.bytes)
    bytes = Self.message(placed, query, caller).withUnsafeBufferPointer { key.tag($0) } + placed
  }

  public var text: String { base64URL(bytes) }

  /// Where the page starts; throws for a cursor that was changed or is from another list.
  public func position(
    for query: PageQuery, caller: UserID, key: SigningKey
  ) throws(InvalidValue) -> Position {
    let tag = Array(bytes.prefix(SigningKey.tagByteCount))
    let sortKey = Array(bytes.dropFirst(SigningKey.tagByteCount))
    let message = Self.message(sortKey, query, caller)
    guard message.withUnsafeBufferPointer({ key.isTag(tag, of: $0) }) else { throw Self.mismatch }
    return Position(
      text: String(decoding: sortKey.dropFirst(16), as: UTF8.self),
      number: Self.number(sortKey.dropFirst(8).prefix(8)), key: Self.number(sortKey.prefix(8)))
  }

  private static func message(_ sortKey: [UInt8], _ query: PageQuery, _ caller: UserID) -> [UInt8] {
    var message = ByteBuffer(capacity: 512)
    message.append(bigEndian: Int64(sortKey.count))
    message.append(contentsOf: sortKey)
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
