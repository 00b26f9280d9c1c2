/// A value that a store keeps as a text; nil for a missing value.
public protocol TextColumn {
  init(column bytes: UnsafeBufferPointer<UInt8>?)
  var column: UnsafeBufferPointer<UInt8>? { get }
}
