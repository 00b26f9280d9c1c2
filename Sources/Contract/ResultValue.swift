public import JSON

/// A value that a result can contain.
public protocol ResultValue {
  static var schema: Schema { get }
  /// Whether it is returned only once, and only to callers who may see secrets.
  static var isSecret: Bool { get }
  func write(into out: inout ByteBuffer)
}

extension ResultValue {
  @inlinable public static var isSecret: Bool { false }
}
