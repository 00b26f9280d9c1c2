/// No further fields in a result.
public struct NoMembers: ResultSchema, Sendable {
  public static let sample = NoMembers()

  public init() {}
  public func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {}
}
