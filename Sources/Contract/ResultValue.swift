public import JSON

/// A value that can stand in a result.
public protocol ResultValue {
  static var shape: Shape { get }
  func write(into out: inout ByteBuffer)
}
