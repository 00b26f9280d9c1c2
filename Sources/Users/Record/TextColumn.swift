/// A value that a store keeps as a text; nil if there is none.
public protocol TextColumn {
  init(column bytes: UnsafeBufferPointer<UInt8>?)
  var column: UnsafeBufferPointer<UInt8>? { get }
}
