/// The params of a method that takes none.
public struct NoParams: Params {
  public init(_ v: inout ParamVisitor) {}
}
