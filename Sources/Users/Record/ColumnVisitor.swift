/// Visits the columns in which a store keeps an account.
public protocol ColumnVisitor: ~Copyable {
  mutating func id(_ value: inout UserID)
  mutating func column<T: NumberColumn>(_ name: StaticString, _ value: inout T)
  mutating func column<T: TextColumn>(_ name: StaticString, _ value: inout T)
}

extension Int: NumberColumn {
  @inlinable public init(column number: Int64?) { self = Int(number ?? 0) }
  @inlinable public var column: Int64? { Int64(self) }
}

extension UserFlags: NumberColumn {
  public init(column number: Int64?) { self.init(rawValue: Int(number ?? 0)) }
  public var column: Int64? { Int64(rawValue) }
}

extension Timestamp: NumberColumn {
  public init(column number: Int64?) { self.init(milliseconds: number ?? 0) }
  public var column: Int64? { milliseconds }
}

extension Optional: NumberColumn where Wrapped: NumberColumn {
  @inlinable public static var canBeNil: Bool { true }
  @inlinable public init(column number: Int64?) { self = number.map { Wrapped(column: $0) } }
  @inlinable public var column: Int64? { self?.column }
}

extension BorrowedText: TextColumn {
  @inlinable public init(column bytes: UnsafeBufferPointer<UInt8>?) {
    self = bytes.map { BorrowedText($0) } ?? .empty
  }
  @inlinable public var column: UnsafeBufferPointer<UInt8>? { bytes }
}

extension BorrowedTextList: TextColumn {
  @inlinable public init(column bytes: UnsafeBufferPointer<UInt8>?) {
    self.init(packed: bytes ?? BorrowedText.empty.bytes)
  }
  @inlinable public var column: UnsafeBufferPointer<UInt8>? { bytes }
}

extension RawObject: TextColumn {
  @inlinable public init(column bytes: UnsafeBufferPointer<UInt8>?) {
    self.init(bytes ?? BorrowedText.empty.bytes)
  }
  @inlinable public var column: UnsafeBufferPointer<UInt8>? { bytes }
}

extension Optional: TextColumn where Wrapped: TextColumn {
  @inlinable public init(column bytes: UnsafeBufferPointer<UInt8>?) {
    self = bytes.map { Wrapped(column: $0) }
  }
  @inlinable public var column: UnsafeBufferPointer<UInt8>? { self?.column }
}
