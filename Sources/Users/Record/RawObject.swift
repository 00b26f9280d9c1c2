public import Contract
public import JSON

/// A JSON object as its compact text.
public struct RawObject: ResultValue {
  public let bytes: UnsafeBufferPointer<UInt8>

  @inlinable public init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  static var empty: RawObject {
    let text: StaticString = "{}"
    return RawObject(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  public static var schema: Schema { .freeObject }
  @inlinable public func write(into out: inout ByteBuffer) { out.append(bytes) }
}
