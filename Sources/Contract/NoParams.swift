/// For methods that take nothing.
public struct NoParams: Params {
  public init(_ v: inout ParamVisitor) {}
}
