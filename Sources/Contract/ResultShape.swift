/// A result, declared once: the same function writes it and describes it.
public protocol ResultShape {
  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V)
  /// A value to describe the result by, and to show in documents.
  static var sample: Self { get }
}
