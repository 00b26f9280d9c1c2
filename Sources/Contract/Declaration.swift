/// A method's description, with the type of its params: data, whatever runs it.
///
/// Whatever `P` is: that each is `Params` would be looked up at the start of the process, in a tenth of the
/// time that it takes to start.
public struct Declaration<P>: Sendable {
  public let about: MethodDescription

  public init(
    _ params: P.Type, _ name: StaticString, _ summary: Words, access: Access, effect: Effect,
    isIdempotent: Bool, runsOthers: Bool = false, tool: AgentTool? = nil,
    refusals: [Failure.Kind] = [],
    result: @autoclosure @escaping @Sendable () -> Shape,
    examples: @autoclosure @escaping @Sendable () -> [MethodExample]
  ) where P: Params {
    about = MethodDescription(
      name, summary, access: access, effect: effect, isIdempotent: isIdempotent,
      runsOthers: runsOthers, tool: tool, refusals: refusals, examples: examples
    ) { (ParamVisitor.fields(of: P.self), result()) }
  }
}
