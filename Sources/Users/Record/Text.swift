public import Contract
public import JSON

/// UTF-8 that somebody else owns.
public struct Text: ResultValue {
  public let bytes: UnsafeBufferPointer<UInt8>

  @inlinable public init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  public static var empty: Text { Text(UnsafeBufferPointer(start: nil, count: 0)) }

  public static var shape: Shape { .string() }
  @inlinable public func write(into out: inout ByteBuffer) { out.write(utf8: bytes) }

  public var string: String { String(decoding: bytes, as: UTF8.self) }
}
