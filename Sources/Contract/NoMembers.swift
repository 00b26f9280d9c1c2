/// Nothing more in a result.
public struct NoMembers: ResultShape, Sendable {
  public static let sample = NoMembers()

  public init() {}
  public func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {}
}
