public import Contract
public import JSON

/// UTF-8 bytes that another object owns.
public struct BorrowedText: ResultValue {
  public let bytes: UnsafeBufferPointer<UInt8>

  @inlinable public init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  public static var empty: BorrowedText { BorrowedText(UnsafeBufferPointer(start: nil, count: 0)) }

  public static var schema: Schema { .string() }
  @inlinable public func write(into out: inout ByteBuffer) { out.write(utf8: bytes) }

  public var string: String { String(decoding: bytes, as: UTF8.self) }
}
