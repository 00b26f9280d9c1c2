/// What is kept as a text; nil where it is nothing.
public protocol TextColumn {
  init(column bytes: UnsafeBufferPointer<UInt8>?)
  var column: UnsafeBufferPointer<UInt8>? { get }
}
