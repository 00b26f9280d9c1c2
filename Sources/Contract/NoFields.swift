/// No further fields in a result.
public struct NoFields: ResultSchema, Sendable {
  public static let sample = NoFields()

  public init() {}
  public func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {}
}
