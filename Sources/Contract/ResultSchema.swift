/// A result, declared once: the same function writes it and describes it.
public protocol ResultSchema {
  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V)
  /// A value from which the result is described, and which documents show.
  static var sample: Self { get }
}
