public import JSON

/// A value that can stand in a result.
public protocol ResultValue {
  static var shape: Shape { get }
  /// Whether it is told once, and only to who may see secrets.
  static var isSecret: Bool { get }
  func write(into out: inout ByteBuffer)
}

extension ResultValue {
  @inlinable public static var isSecret: Bool { false }
}
