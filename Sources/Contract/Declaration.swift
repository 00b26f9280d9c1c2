/// A method's description and the type of its params, without the code that runs it.
///
/// The initializer constrains `P` to `Params`, and the type does not: otherwise the runtime would
/// look up each conformance when the process starts, and the start would take a third longer.
public struct Declaration<P>: Sendable {
  public let description: MethodDescription

  public init(
    _ params: P.Type, _ name: StaticString, _ summary: Words, access: Access, effect: Effect,
    isIdempotent: Bool, runsOthers: Bool = false, tool: MCPTool? = nil,
    refusals: [Failure.Kind] = [],
    result: @autoclosure @escaping @Sendable () -> Schema,
    examples: @autoclosure @escaping @Sendable () -> [MethodExample]
  ) where P: Params {
    description = MethodDescription(
      name, summary, access: access, effect: effect, isIdempotent: isIdempotent,
      runsOthers: runsOthers, tool: tool, refusals: refusals, examples: examples
    ) { (ParamVisitor.fields(of: P.self), result()) }
  }
}
